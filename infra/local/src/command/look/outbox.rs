//! `tradewind outbox`: what sandbox connections were asked to do.

use super::runs::whole_id;
use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::words;
use clap::Args;
use tradewind_api::types::OutboxList;

/// Arguments of `outbox`.
#[derive(Debug, Args)]
pub struct OutboxArgs {
    /// Only of this run
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
}

pub(crate) async fn outbox(cx: &Cx, args: &OutboxArgs) -> Result<(), Error> {
    let client = cx.client()?;
    let run = match &args.run {
        Some(text) => Some(whole_id(&client, text).await?),
        None => None,
    };
    let answer = client.query(&["outbox"], &[("run", run)]).await?;
    if answer.print_json(cx.output) {
        return Ok(());
    }
    let list: OutboxList = answer.typed()?;
    if list.outbox.is_empty() {
        cx.output.line(
            "the outbox is empty: it keeps what the steps ask of connections with \
             `provider: sandbox`",
        );
    }
    for (number, entry) in list.outbox.iter().enumerate() {
        if number > 0 {
            cx.output.line("");
        }
        let (action, connection, at) = (&entry.action, &entry.connection, words::time(entry.at));
        cx.output.line(format!("{action} via {connection}  {at}  {} of {}", entry.step, entry.run));
        for line in words::lines(&entry.input) {
            cx.output.line(format!("  {line}"));
        }
        cx.output.line(format!("  gave {}", words::value(&entry.output)));
    }
    Ok(())
}
