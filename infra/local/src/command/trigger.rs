//! `tradewind trigger`: an event that no provider sent.

use super::error::Error;
use super::execute::Cx;
use crate::private;
use clap::Args;
use serde_json::{Map, Value};
use std::io::stdin;
use std::path::{Path, PathBuf};
use tradewind_api::types::{EventAccepted, TriggerEvent};

/// More than any event that is taken.
const DATA_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Arguments of `trigger`.
#[derive(Debug, Args)]
pub struct TriggerArgs {
    /// What happened, such as order.placed
    event: String,
    /// The connection that it is said to have come through
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// A JSON file with what stands below `trigger`, such as {"order": {…}}; - for standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// As in the provider's test mode
    #[arg(long)]
    test: bool,
}

pub(super) async fn trigger(cx: &Cx, args: &TriggerArgs) -> Result<(), Error> {
    let body = TriggerEvent {
        event: args.event.clone(),
        connection: args.connection.clone(),
        data: args.file.as_deref().map_or_else(|| Ok(Map::new()), data)?,
        test: args.test,
    };
    let answer = cx.client()?.post(&["events"], &body).await?;
    if !answer.is_shown(cx.output) {
        let accepted: EventAccepted = answer.typed()?;
        cx.output.line(format!("event {} is on its way", accepted.event_id));
        let show = format!("tradewind events {}", accepted.event_id);
        cx.output.line(format!("what became of it: `{show}`"));
    }
    Ok(())
}

fn data(file: &Path) -> Result<Map<String, Value>, Error> {
    let text = match file == Path::new("-") {
        true => private::read_all(file, stdin(), DATA_BYTES_MAX),
        false => private::open_plain(file)
            .and_then(|opened| private::read_all(file, opened, DATA_BYTES_MAX)),
    };
    let text = text.map_err(|source| Error::file(file, source))?;
    serde_json::from_slice(&text)
        .map_err(|error| Error::Usage(format!("{} is not a JSON object: {error}", file.display())))
}
