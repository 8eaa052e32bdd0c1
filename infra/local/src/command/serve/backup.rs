//! `tradewind backup`: the database as one file, copied while a process works with it.

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::store::{BackupError, backup as copy_database};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The new file; one that exists is never replaced
    file: PathBuf,
}

pub(crate) fn backup(cx: &Cx, args: &BackupArgs) -> Result<(), Error> {
    let bytes = copy_database(&cx.data_dir()?, &args.file).map_err(|error| match error {
        nothing @ BackupError::NothingYet(_) => Error::NotFound(nothing.to_string()),
        other => other.into(),
    })?;
    if cx.output.json {
        cx.output.document(&json!({ "file": args.file, "bytes": bytes }));
        return Ok(());
    }
    cx.output.line(format!("{} holds {bytes} bytes", args.file.display()));
    cx.output.note("secrets are not in it: keep secrets.json and secrets.key as well");
    Ok(())
}
