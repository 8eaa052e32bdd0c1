//! Everything that a call needs, or why it is not made.

use super::Executing;
use crate::connections::{Unusable, connect, stored};
use crate::deployed::Compiled;
use crate::doers::can_be_asked;
use crate::flow::CONDITION_FALSE;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tradewind_connectors::action::{Action, Implementation};
use tradewind_connectors::connection::Connection;
use tradewind_engine::definitions::{Current, StoredConnection};
use tradewind_engine::effects::ActionError;
use tradewind_engine::ids::{ProviderId, StepPath};
use tradewind_engine::protocol::{Flow as _, Outcome, Work, begin};
use tradewind_engine::runs::{Run, StepRecord, StepState};
use tradewind_engine::workflows::{ActionStep, Step, StepKind};

/// Everything that a call needs.
#[derive(Clone)]
pub(super) struct Prepared {
    pub(super) connection: Connection,
    pub(super) implementation: Implementation,
    pub(super) input: serde_json::Value,
    /// The names of the fields that the output may have.
    pub(super) output_fields: BTreeSet<String>,
    pub(super) timeout: Duration,
    /// Ask whether it happened instead of doing it.
    pub(super) ask: bool,
}

/// The connection with its secrets read past any cache; nothing where they are what they were, or
/// cannot be read.
pub(super) async fn renewed(
    ports: &Executing,
    current: &Current,
    connection: &Connection,
) -> Option<Connection> {
    let name = &connection.name;
    let stored = stored(current, name).ok()?;
    let renewed = connect(name, stored, connection.provider, &*ports.secrets, true).await.ok()?;
    (!renewed.is_same_as(connection)).then_some(renewed)
}

/// Finds and fills in all of it, or says why no call is made.
pub(super) async fn prepare(
    ports: &Executing,
    current: &Current,
    compiled: &Arc<Compiled>,
    run: &Run,
    path: &StepPath,
) -> Result<Prepared, Outcome> {
    let record = run.steps.get(path).ok_or_else(|| refused("the step has no record"))?;
    let step =
        compiled.workflow.step(path).ok_or_else(|| refused("the step is not in the workflow"))?;
    let StepKind::Action(action_step) = &step.kind;
    let ask = record.state == StepState::Unknown;
    if !ask {
        not_paused(current, run)?;
        still_wanted(compiled, run, step)?;
    }
    let stored = stored(current, &action_step.via).map_err(needs_repair)?;
    let action = ports.actions.iter().find(|action| action.id == action_step.uses);
    let action = action.ok_or_else(|| refused("unknown_action"))?;
    let stored = if ask { to_be_asked(run, path, record, stored)? } else { stored };
    let implementation =
        action.implementation(stored.provider.as_str()).cloned().ok_or_else(|| {
            let (via, provider) = (&action_step.via, &stored.provider);
            let reason =
                format!("connection {via} is at {provider}, which cannot do {}", action.id);
            Outcome::Error(ActionError::needs_repair(reason))
        })?;
    if !ask {
        still_where_it_was_tried(run, path, record, action, stored)?;
        let tries = compiled.retry_curve(path).attempts();
        still_recognised(ports, run, record, tries, &implementation)?;
    }
    let input = render(action, action_step, compiled, run)?;
    let provider = implementation.provider;
    let connection = connect(&action_step.via, stored, provider, &*ports.secrets, false).await;
    let connection = connection.map_err(unusable)?;
    let (output_fields, timeout) = (action.output_fields(), action_step.timeout);
    Ok(Prepared { connection, implementation, input, output_fields, timeout, ask })
}

fn not_paused(current: &Current, run: &Run) -> Result<(), Outcome> {
    if is_paused(current, run) { Err(Outcome::Paused) } else { Ok(()) }
}

/// Whether the runs of its workflow stand still.
pub(super) fn is_paused(current: &Current, run: &Run) -> bool {
    current.workflows.iter().any(|head| head.id == run.workflow && head.paused)
}

fn still_wanted(compiled: &Compiled, run: &Run, step: &Step) -> Result<(), Outcome> {
    match step.condition.as_ref().map(|condition| condition.holds(&compiled.scope(run))) {
        None | Some(Ok(true)) => Ok(()),
        Some(Ok(false)) => Err(Outcome::NotNeeded(CONDITION_FALSE.to_owned())),
        Some(Err(error)) => Err(refused(&format!("if: {error}"))),
    }
}

/// The connection as it leads to the provider that the doubt is about: any other would say that nothing
/// happened.
fn to_be_asked<'a>(
    run: &Run,
    path: &StepPath,
    record: &StepRecord,
    stored: &'a StoredConnection,
) -> Result<&'a StoredConnection, Outcome> {
    let leads_there = stored.at(&record.provider);
    leads_there.ok_or_else(|| nobody_to_ask(run, path, &record.provider, &stored.provider))
}

/// Whether the step goes to another provider than an earlier try may have arrived at. That one is asked
/// first, where it still can be.
fn still_where_it_was_tried(
    run: &Run,
    path: &StepPath,
    record: &StepRecord,
    action: &Action,
    stored: &StoredConnection,
) -> Result<(), Outcome> {
    let (before, now) = (&record.provider, &stored.provider);
    if before == now || !record.may_have_arrived_before() {
        return Ok(());
    }
    if can_be_asked(action, before, stored) {
        let reason =
            format!("an earlier try may have arrived at {before}; now it would go to {now}");
        return Err(Outcome::KeyForgotten(reason));
    }
    Err(nobody_to_ask(run, path, before, now))
}

fn nobody_to_ask(run: &Run, path: &StepPath, before: &ProviderId, now: &ProviderId) -> Outcome {
    Outcome::NobodyToAsk(format!(
        "a try may have arrived at {before}, and the connection is at {now} now: say what became of \
         it with `tradewind resolve {} {path}` and --happened, --did-not or --skip",
        run.id
    ))
}

/// Whether a repeated call would still be recognised as the same one.
fn still_recognised(
    ports: &Executing,
    run: &Run,
    record: &StepRecord,
    tries: u32,
    implementation: &Implementation,
) -> Result<(), Outcome> {
    match begin(run, record, tries, implementation.key_window, ports.clock.now()) {
        Work::Perform => Ok(()),
        Work::Conclude(outcome) => Err(outcome),
    }
}

fn render(
    action: &Action,
    step: &ActionStep,
    compiled: &Compiled,
    run: &Run,
) -> Result<serde_json::Value, Outcome> {
    if run.redacted_at.is_some() {
        return Err(refused("payload_redacted"));
    }
    let rendered = step.with.render(&compiled.scope(run), action.html_fields);
    rendered.map_err(|error| match &error.field {
        Some(field) => refused(&format!("{error}, in `with.{field}`")),
        None => refused(&error.to_string()),
    })
}

fn refused(reason: &str) -> Outcome {
    Outcome::Error(ActionError::refused(reason))
}

fn needs_repair(unusable: Unusable) -> Outcome {
    Outcome::Error(ActionError::needs_repair(unusable.to_string()))
}

fn unusable(unusable: Unusable) -> Outcome {
    match unusable {
        Unusable::Unavailable(unavailable) => {
            Outcome::Error(ActionError::not_now(unavailable.to_string(), None))
        }
        other => needs_repair(other),
    }
}
