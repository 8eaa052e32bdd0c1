//! `tradewind run`: one run, step by step.

use super::runs::whole_id;
use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::output::Line;
use crate::command::printing::table::Table;
use crate::command::printing::words;
use clap::Args;
use tradewind_api::types::{LoopItems, RunDetail, RunStep, RunSummary, StepState};

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The run, or the beginning of its id
    run: String,
}

pub(crate) async fn run(cx: &Cx, args: &RunArgs) -> Result<(), Error> {
    let client = cx.client()?;
    let id = whole_id(&client, &args.run).await?;
    let answer = client.get(&["runs", &id]).await?;
    if !answer.print_json(cx.output) {
        show(cx, &answer.typed()?);
    }
    Ok(())
}

/// The run as people read it; what was done to it shows itself the same way.
pub(crate) fn show(cx: &Cx, detail: &RunDetail) {
    show_head(cx, &detail.run);
    cx.output.line("");
    let mut table = Table::new(["STATE", "STEP", "DOES", "TRIES", "NEXT", "GAVE"]);
    for step in &detail.steps {
        let (mood, state) = words::step_state(step.state);
        let does = match (&step.connection, &step.waits_for) {
            (Some(connection), _) => format!("{} via {connection}", step.action),
            (None, Some(event)) => format!("{} for {event}", step.action),
            (None, None) => step.action.clone(),
        };
        let gave = match (&step.items, &step.heard) {
            (Some(items), _) => format!("{} of {} items", ended(items), items.total),
            (None, Some(event)) => format!("event {event}"),
            (None, None) => step.output.as_ref().map(words::value).unwrap_or_default(),
        };
        let next = words::maybe_time(step.next_at);
        let tries = step.attempts.to_string();
        table.row(mood, [state.to_owned(), step.path.clone(), does, tries, next, gave]);
    }
    table.show(cx.output);
    for step in &detail.steps {
        show_question(cx, step, &detail.steps);
        show_tries(cx, step, &detail.steps);
    }
    if !detail.hint.is_empty() {
        cx.output.line("");
        cx.output.line(format!("Next: {}", detail.hint));
    }
}

fn ended(items: &LoopItems) -> u32 {
    items.done + items.failed + items.skipped
}

/// How far a loop is: what went wrong first. Nothing where all is done.
fn of_items(step: &RunStep) -> Option<String> {
    let items = step.items.as_ref().filter(|items| items.done < items.total)?;
    let left = items.total.saturating_sub(ended(items) + items.open + items.stopped);
    let goes_on = step.state == StepState::Looping;
    let counts = [
        (items.failed, "failed"),
        (items.stopped, "stopped"),
        (items.open, "at work"),
        (items.done, "done"),
        (items.skipped, "skipped"),
        (left, if goes_on { "to come" } else { "not finished" }),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    Some(format!("of {} items: {}", items.total, counts.join(", ")))
}

fn show_head(cx: &Cx, run: &RunSummary) {
    let (mood, state) = words::run_state(run.state);
    let line = |label: &str, text: String| cx.output.line(format!("{label:<10}{text}"));
    line("Run", run.id.clone());
    cx.output.line(Line::from(format!("{:<10}", "State")).paint(mood, state));
    if let Some(failure) = &run.failure {
        line("Why", format!("step {}: {}", failure.step, words::clean(&failure.reason)));
    }
    line("Workflow", format!("{}, version {}", run.workflow, run.version));
    let connection = run.connection.as_ref().map(|name| format!(" through {name}"));
    let test = if run.test { ", in test mode" } else { "" };
    line("Event", format!("{}{}{test}", run.event, connection.unwrap_or_default()));
    line("Key", words::clean(&run.key));
    if run.generation > 0 {
        line("Again", format!("generation {}", run.generation));
    }
    match run.taken_up {
        0 => {}
        1 => line("Taken up", "once by a person".to_owned()),
        times => line("Taken up", format!("{times} times by a person")),
    }
    line("Started", words::time(run.created_at));
    if let Some(ended_at) = run.ended_at {
        line("Ended", words::time(ended_at));
    }
    if let Some(redacted_at) = run.redacted_at {
        line("Redacted", words::time(redacted_at));
    }
}

/// What an approval asks, who was not told of it, and what was decided.
fn show_question(cx: &Cx, step: &RunStep, all: &[RunStep]) {
    let Some(question) = &step.question else { return };
    cx.output.line("");
    cx.output.line(format!("{} asks", step.path));
    for line in question.text.lines() {
        cx.output.line(format!("  {}", words::clean(line)));
    }
    let is_message = |other: &&RunStep| {
        let behind = other.path.strip_prefix(&step.path);
        behind.is_some_and(|behind| behind.starts_with('[')) && other.state == StepState::Failed
    };
    for message in all.iter().filter(is_message) {
        let via = message.connection.as_deref().unwrap_or("its connection");
        cx.output.line(format!("  not told through {via}: {} did not go out", message.path));
    }
    if let Some(decision) = &question.decision {
        let word = if decision.approved { "approved" } else { "declined" };
        let (at, by) = (words::time(decision.at), words::clean(&decision.by));
        cx.output.line(format!("  {at}  {word} by {by}"));
    }
}

/// Every vain try and the reason for the state, in full. What stopped a loop is said by the step that did.
fn show_tries(cx: &Cx, step: &RunStep, all: &[RunStep]) {
    let failures = step.items.iter().flat_map(|items| &items.failures);
    let is_within = |other: &RunStep| {
        let behind = other.path.strip_prefix(&step.path);
        behind.is_some_and(|behind| behind.starts_with('[')) && other.reason == step.reason
    };
    let reason = step.reason.as_ref().filter(|_| !all.iter().any(is_within));
    let counts = of_items(step);
    let still = step.only_if_still.as_ref().filter(|_| step.state != StepState::Pending);
    let says_nothing =
        step.tried.is_empty() && reason.is_none() && counts.is_none() && still.is_none();
    if says_nothing && failures.clone().next().is_none() {
        return;
    }
    cx.output.line("");
    cx.output.line(&step.path);
    if let Some(counts) = counts {
        cx.output.line(format!("  {counts}"));
    }
    if let Some(still) = still {
        cx.output.line(format!("  before each call order.get is asked whether {still}"));
    }
    for tried in &step.tried {
        cx.output.line(format!("  {}  {}", words::time(tried.at), words::clean(&tried.reason)));
    }
    let last = step.tried.last().map(|tried| &tried.reason);
    if let Some(reason) = reason.filter(|reason| Some(*reason) != last) {
        let at = step
            .ended_at
            .or(step.claimed_at)
            .map_or_else(String::new, |at| format!("{}  ", words::time(at)));
        cx.output.line(format!("  {at}{}", words::clean(reason)));
    }
    for failure in failures {
        cx.output.line(format!("  {}: {}", failure.step, words::clean(&failure.reason)));
    }
}
