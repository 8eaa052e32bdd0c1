//! `tradewind dead-letters`: what was given up on.

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::output::Mood;
use crate::command::printing::table::Table;
use crate::command::printing::words;
use clap::{Args, Subcommand};
use serde_json::json;
use tradewind_api::types::{DeadLetter, DeadLetterKind, DeadLetterList};

/// Arguments of `dead-letters`.
#[derive(Debug, Args)]
pub struct DeadLettersArgs {
    #[command(subcommand)]
    action: Option<DeadLettersAction>,
}

#[derive(Debug, Subcommand)]
enum DeadLettersAction {
    /// Send a dead letter on its way again; for the step of a stopped run that is a replay
    Redrive {
        /// The letter
        id: String,
    },
}

pub(crate) async fn dead_letters(cx: &Cx, args: &DeadLettersArgs) -> Result<(), Error> {
    match &args.action {
        Some(DeadLettersAction::Redrive { id }) => redrive(cx, id).await,
        None => list(cx).await,
    }
}

async fn redrive(cx: &Cx, id: &str) -> Result<(), Error> {
    let answer = cx.client()?.post(&["dead-letters", id, "redrive"], &json!({})).await?;
    if !answer.print_json(cx.output) {
        cx.output.line(format!("dead letter {id} is on its way again"));
    }
    Ok(())
}

async fn list(cx: &Cx) -> Result<(), Error> {
    let answer = cx.client()?.get(&["dead-letters"]).await?;
    if answer.print_json(cx.output) {
        return Ok(());
    }
    let list: DeadLetterList = answer.typed()?;
    if list.dead_letters.is_empty() {
        cx.output.line("no dead letters: nothing was given up on");
        return Ok(());
    }
    let mut table = Table::new(["QUEUE", "LETTER", "ABOUT", "GIVEN UP", "WHY"]);
    for letter in &list.dead_letters {
        let (queue, id) = (letter.queue.clone(), letter.id.clone());
        let (at, why) = (words::time(letter.at), letter.reason.clone());
        table.row(Mood::Bad, [queue, id, about(letter), at, why]);
    }
    table.show(cx.output);
    cx.output.note("send one on its way again with `tradewind dead-letters redrive LETTER`");
    cx.output.note("or end its alarm with `tradewind dismiss LETTER`");
    Ok(())
}

fn about(letter: &DeadLetter) -> String {
    let named = |name: &Option<String>| name.clone().unwrap_or_default();
    match letter.kind {
        DeadLetterKind::WakeUp => format!("step {} of {}", named(&letter.step), named(&letter.run)),
        DeadLetterKind::Hold => "events that are held".to_owned(),
        DeadLetterKind::Event => format!("event {}", named(&letter.event)),
        DeadLetterKind::Unreadable => "a message that cannot be read".to_owned(),
    }
}
