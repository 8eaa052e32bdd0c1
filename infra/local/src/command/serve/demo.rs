//! `tradewind demo`: shows the platform at work.

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::demo;
use clap::Args;

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {}

pub(crate) async fn demo(cx: &Cx, _args: &DemoArgs) -> Result<(), Error> {
    let shown = demo::demo().await.map_err(|error| Error::Process(error.into()))?;
    if cx.output.json {
        cx.output.document(&demo::document(&shown));
    } else {
        cx.output.text(&demo::text(&shown));
    }
    Ok(())
}
