//! `tradewind status`: which queue, connection or endpoint it is, when an alarm says that one is.
//!
//! Invariant: no line is longer than the narrowest terminal is wide, as long as names are as long as usual.

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::output::{Mood, Output};
use crate::command::printing::table::Table;
use clap::Args;
use std::time::Duration;
use tradewind_api::types::{
    ConnectionStatus, EndpointRefusals, QueueStatus, ScheduleStatus, Status,
};
use tradewind_engine::time::{Timestamp, until};

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {}

pub(crate) async fn status(cx: &Cx, _args: &StatusArgs) -> Result<(), Error> {
    let answer = cx.client()?.get(&["status"]).await?;
    if answer.print_json(cx.output) {
        return Ok(());
    }
    let status: Status = answer.typed()?;
    cx.output.line(head(&status));
    let sections = [
        (queues(&status.queues, status.at), "nothing lies in any queue"),
        (connections(&status.connections), "no connection is held back"),
        (refusals(&status.refusals, status.at), "no delivery was refused within the last hour"),
    ];
    for (table, nothing) in sections {
        section(table, nothing, cx.output);
    }
    if let Some(table) = schedules(&status.schedules) {
        section(Some(table), "", cx.output);
    }
    Ok(())
}

fn section(table: Option<Table>, nothing: &str, output: Output) {
    output.line("");
    match table {
        Some(table) => table.show(output),
        None => output.line(nothing),
    }
}

fn head(status: &Status) -> String {
    let Status { version, revision, workflows, .. } = status;
    if !status.applied {
        return format!("tradewind {version}: nothing is applied yet");
    }
    let paused = match workflows.paused {
        0 => String::new(),
        paused => format!(", {paused} paused"),
    };
    let functions = status.functions.as_ref().map(|served| {
        let (actions, triggers) = (served.actions.len(), served.triggers.len());
        format!("; functions for {actions} actions and {triggers} triggers")
    });
    let functions = functions.unwrap_or_default();
    format!(
        "tradewind {version}: revision {revision}, workflows: {}{paused}{functions}",
        workflows.total
    )
}

fn queues(queues: &[QueueStatus], now: Timestamp) -> Option<Table> {
    let mut table =
        Table::new(["QUEUE", "WAITING", "SINCE", "IN FLIGHT", "LATER", "DEAD LETTERS", "OLDEST"]);
    for one in queues {
        let mood = match (one.letters, one.waiting) {
            (0, 0) => Mood::Good,
            (0, _) => Mood::Busy,
            _ => Mood::Bad,
        };
        table.row(
            mood,
            [
                one.queue.clone(),
                one.waiting.to_string(),
                ago(one.oldest, now),
                one.in_flight.to_string(),
                one.delayed.to_string(),
                one.letters.to_string(),
                ago(one.oldest_letter, now),
            ],
        );
    }
    (!queues.is_empty()).then_some(table)
}

fn connections(connections: &[ConnectionStatus]) -> Option<Table> {
    let held = connections.iter().filter(|one| one.held_back != Some(false));
    let mut held = held.peekable();
    held.peek()?;
    let mut table = Table::new(["CONNECTION", "PROVIDER", "NOW"]);
    for one in held {
        let (mood, now) = match one.held_back {
            Some(_) => (Mood::Bad, "held back: no answer, or asked for quiet"),
            None => (Mood::Busy, "not known: its limits do not answer"),
        };
        table.row(mood, [one.connection.clone(), one.provider.clone(), now.to_owned()]);
    }
    Some(table)
}

fn schedules(schedules: &[ScheduleStatus]) -> Option<Table> {
    let mut table = Table::new(["WORKFLOW", "NEXT RUN"]);
    for one in schedules {
        let next = one.next_at.map_or_else(|| "disabled".to_owned(), |next| next.to_string());
        let mood = if one.next_at.is_some() { Mood::Good } else { Mood::Busy };
        table.row(mood, [one.workflow.clone(), next]);
    }
    (!schedules.is_empty()).then_some(table)
}

fn refusals(refusals: &[EndpointRefusals], now: Timestamp) -> Option<Table> {
    let mut table = Table::new(["REFUSED AT", "IN AN HOUR", "LAST", "WHY"]);
    for one in refusals {
        let last = ago(Some(one.last), now);
        table.row(Mood::Bad, [place(one), one.count.to_string(), last, one.code.clone()]);
    }
    (!refusals.is_empty()).then_some(table)
}

fn place(one: &EndpointRefusals) -> String {
    match (one.provider.as_str(), one.connection.as_str()) {
        ("", _) => "other paths".to_owned(),
        (provider, "") => provider.to_owned(),
        (provider, connection) => format!("{provider}/{connection}"),
    }
}

/// How long ago it was; a bar where that is not known.
fn ago(moment: Option<Timestamp>, now: Timestamp) -> String {
    moment.map_or_else(|| "-".to_owned(), |moment| lasted(until(moment, now)))
}

fn lasted(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}
