//! `tradewind events`: what happened, what the workflows made of it, and starting one again.

mod refusals;

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::output::Mood;
use crate::command::printing::table::Table;
use crate::command::printing::words;
use clap::{Args, Subcommand};
use serde_json::Value;
use tradewind_api::types::{
    EventDetail, EventList, EventSummary, StartAgain, StartedAgain, UnmappedDelivery, Verdict,
    VerdictKind,
};

/// Arguments of `events`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct EventsArgs {
    #[command(subcommand)]
    action: Option<EventsAction>,
    /// Show this event with its data
    id: Option<String>,
    /// Only those accepted before this event, to see further back
    #[arg(long, value_name = "ID")]
    before: Option<String>,
    /// The newest deliveries that were refused, and became no events
    #[arg(long, conflicts_with_all = ["id", "before"])]
    refused: bool,
    /// At most so many
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=200))]
    limit: u16,
}

#[derive(Debug, Subcommand)]
enum EventsAction {
    /// Run a workflow on an event again; its effects happen again
    Run {
        /// The event
        id: String,
        /// The workflow
        #[arg(long, value_name = "ID")]
        workflow: String,
        /// Accept that all effects of the workflow happen again
        #[arg(long, required = true)]
        again: bool,
    },
}

pub(crate) async fn events(cx: &Cx, args: &EventsArgs) -> Result<(), Error> {
    match (&args.action, &args.id) {
        (Some(EventsAction::Run { id, workflow, again: _ }), _) => again(cx, id, workflow).await,
        (None, Some(id)) => event(cx, id).await,
        (None, None) if args.refused => refusals::show(cx, args.limit).await,
        (None, None) => list(cx, args).await,
    }
}

async fn again(cx: &Cx, event: &str, workflow: &str) -> Result<(), Error> {
    let body = StartAgain { workflow: workflow.to_owned() };
    let answer = cx.client()?.post(&["events", event, "runs"], &body).await?;
    if answer.print_json(cx.output) {
        return Ok(());
    }
    let started: StartedAgain = answer.typed()?;
    cx.output.line(format!("started {}, generation {}", started.run_id, started.generation));
    for effect in &started.repeats {
        let before = if effect.certain { "happened" } else { "may have happened" };
        cx.output.line(format!(
            "  {} ({} by {}) {before} in {} and happens again",
            effect.step, effect.action, effect.provider, effect.run
        ));
    }
    cx.output.line(format!("how it goes: `tradewind run {}`", started.run_id));
    Ok(())
}

async fn event(cx: &Cx, id: &str) -> Result<(), Error> {
    let answer = cx.client()?.get(&["events", id]).await?;
    if answer.print_json(cx.output) {
        return Ok(());
    }
    let detail: EventDetail = answer.typed()?;
    show_head(cx, &detail.event);
    cx.output.line("");
    if let Some(unmapped) = &detail.event.unmapped {
        show_unmapped(cx, unmapped);
    } else if detail.event.verdicts.is_empty() {
        cx.output.line("no workflow waited for it");
    } else {
        show_verdicts(cx, &detail.event.verdicts);
    }
    cx.output.line("");
    for line in words::lines(&Value::Object(detail.data)) {
        cx.output.line(line);
    }
    Ok(())
}

fn show_head(cx: &Cx, event: &EventSummary) {
    let line = |label: &str, text: &str| cx.output.line(format!("{label:<10}{text}"));
    line("Event", &event.id);
    line("What", &event.name);
    if let Some(connection) = &event.connection {
        let provider = event.provider.as_deref().map(|provider| format!(" ({provider})"));
        line("Through", &format!("{connection}{}", provider.unwrap_or_default()));
    }
    if let Some(topic) = &event.topic {
        line("Topic", topic);
    }
    if let Some(run) = &event.run {
        line("Of run", run);
    }
    if let Some(by) = &event.emitted {
        line("Emitted", &format!("by {} ({}), step {}", by.workflow, by.run, by.step));
    }
    if event.test {
        line("Mode", "test");
    }
    line("Accepted", &words::time(event.accepted_at));
    if let Some(redacted_at) = event.redacted_at {
        line("Redacted", &words::time(redacted_at));
    }
    for note in &event.notes {
        line("Note", &words::clean(note));
    }
}

fn show_unmapped(cx: &Cx, unmapped: &UnmappedDelivery) {
    cx.output.line(format!("it could not be read: {}", unmapped.reason));
    cx.output.line(match &unmapped.read_as {
        None => {
            "its dead letter waits: `tradewind dead-letters` shows how it is read again".to_owned()
        }
        Some(events) => format!("it was read again later, as {}", listed(events)),
    });
}

fn listed(events: &[String]) -> String {
    if events.is_empty() { "no event".to_owned() } else { events.join(", ") }
}

fn show_verdicts(cx: &Cx, verdicts: &[Verdict]) {
    let mut table = Table::new(["VERDICT", "WORKFLOW", "VERSION", "RUN OR REASON"]);
    for verdict in verdicts {
        let (mood, word) = match verdict.decision {
            VerdictKind::Run => (Mood::Good, "taken"),
            VerdictKind::Cancelled => (Mood::Good, "cancels"),
            VerdictKind::Awaited => (Mood::Good, "awaited"),
            VerdictKind::Held => (Mood::Good, "held"),
            VerdictKind::Folded => (Mood::Quiet, "folded"),
            VerdictKind::NoMatch => (Mood::Quiet, "not for it"),
            VerdictKind::Error => (Mood::Bad, "error"),
        };
        let why = [verdict.reason.clone(), verdict.run.clone()];
        let why: Vec<String> = why.into_iter().flatten().collect();
        let why = if why.is_empty() { went_on(verdict) } else { why.join(", ") };
        let (workflow, version) = (verdict.workflow.clone(), verdict.version.to_string());
        table.row(mood, [word.to_owned(), workflow, version, why]);
    }
    table.show(cx.output);
}

/// The runs that waited for the event.
fn went_on(verdict: &Verdict) -> String {
    let went_on = verdict.went_on.iter().map(|one| format!("{} at {}", one.run, one.step));
    let went_on: Vec<String> = went_on.collect();
    match (verdict.decision, went_on.is_empty()) {
        (VerdictKind::Awaited, true) => "no run has gone on by it".to_owned(),
        (VerdictKind::Awaited, false) => format!("went on: {}", went_on.join(", ")),
        _ => String::new(),
    }
}

async fn list(cx: &Cx, args: &EventsArgs) -> Result<(), Error> {
    let query = [("before", args.before.clone()), ("limit", Some(args.limit.to_string()))];
    let answer = cx.client()?.query(&["events"], &query).await?;
    if answer.print_json(cx.output) {
        return Ok(());
    }
    let list: EventList = answer.typed()?;
    if let Some(left_out) = &list.left_out {
        cx.output.note(words::left_out(left_out));
    }
    if list.events.is_empty() && list.left_out.is_some() {
        return Ok(());
    }
    if list.events.is_empty() {
        cx.output.line(
            "no events yet: they come with the webhooks of a connection, or by \
             `tradewind trigger EVENT`",
        );
        return Ok(());
    }
    let mut table = Table::new(["WHAT", "EVENT", "THROUGH", "ACCEPTED", "WORKFLOWS"]);
    for event in &list.events {
        let (mood, workflows) = outcome(event);
        let by = event.emitted.as_ref().map(|by| by.workflow.clone());
        let through = event.connection.clone().or(by).unwrap_or_default();
        let accepted_at = words::time(event.accepted_at);
        table.row(mood, [event.name.clone(), event.id.clone(), through, accepted_at, workflows]);
    }
    table.show(cx.output);
    if let Some(next) = &list.next {
        cx.output.note(format!("there are more: --before {next}"));
    }
    Ok(())
}

/// What became of it, in a few words.
fn outcome(event: &EventSummary) -> (Mood, String) {
    match &event.unmapped {
        None => said(&event.verdicts),
        Some(UnmappedDelivery { reason, read_as: None }) => {
            (Mood::Bad, format!("unmapped: {reason}"))
        }
        Some(UnmappedDelivery { read_as: Some(events), .. }) => {
            (Mood::Quiet, format!("read as {}", listed(events)))
        }
    }
}

/// What the workflows said.
fn said(verdicts: &[Verdict]) -> (Mood, String) {
    let of = |kind: VerdictKind| verdicts.iter().filter(|verdict| verdict.decision == kind).count();
    let counts = [
        (of(VerdictKind::Run), "taken"),
        (of(VerdictKind::Cancelled), "cancels"),
        (of(VerdictKind::Held), "held"),
        (of(VerdictKind::Folded), "folded"),
        (of(VerdictKind::Awaited), "awaited"),
        (of(VerdictKind::NoMatch), "not for it"),
        (of(VerdictKind::Error), "error"),
    ];
    let mood = match counts {
        [.., (1.., _)] => Mood::Bad,
        [(1.., _), ..] | [_, (1.., _), ..] | [_, _, (1.., _), ..] => Mood::Good,
        _ => Mood::Quiet,
    };
    let said = counts.iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> = said.map(|(count, word)| format!("{count} {word}")).collect();
    (mood, if said.is_empty() { "nobody listens".to_owned() } else { said.join(", ") })
}
