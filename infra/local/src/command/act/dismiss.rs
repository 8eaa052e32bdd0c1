//! `tradewind dismiss`: a dead letter that was seen to, or that nobody has to see to.

use crate::command::cx::Cx;
use crate::command::error::Error;
use clap::Args;
use serde_json::json;

/// Arguments of `dismiss`.
#[derive(Debug, Args)]
pub struct DismissArgs {
    /// The letter, as `tradewind dead-letters` lists it
    letter: String,
}

pub(crate) async fn dismiss(cx: &Cx, args: &DismissArgs) -> Result<(), Error> {
    let path = ["dead-letters", &args.letter, "dismiss"];
    let answer = cx.client()?.post(&path, &json!({})).await?;
    if !answer.print_json(cx.output) {
        cx.output.line(format!("dead letter {} is gone, and its alarm ends", args.letter));
        cx.output.note("what it told of stays as it is: a run that stopped can still be replayed");
    }
    Ok(())
}
