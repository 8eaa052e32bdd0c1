//! `tradewind cancel`: a run that is to end where it stands.

use super::ask::ask_of_run;
use crate::command::cx::Cx;
use crate::command::error::Error;
use clap::Args;
use serde_json::json;

/// Arguments of `cancel`.
#[derive(Debug, Args)]
pub struct CancelArgs {
    /// The run, or the beginning of its id
    run: String,
}

pub(crate) async fn cancel(cx: &Cx, args: &CancelArgs) -> Result<(), Error> {
    ask_of_run(cx, &args.run, "cancel", &json!({})).await
}
