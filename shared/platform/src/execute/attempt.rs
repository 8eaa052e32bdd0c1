//! One attempt at a claimed step, and recording how it ended.

use super::perform::perform;
use super::{Executing, RECORD_PAUSE, RECORD_TRIES};
use crate::Handled;
use crate::connections::{Unusable, connect, stored};
use crate::deployed::Compiled;
use crate::flow::CONDITION_FALSE;
use std::sync::Arc;
use std::time::Duration;
use tradewind_connectors::action::{Action, Implementation};
use tradewind_connectors::connection::Connection;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ids::StepPath;
use tradewind_engine::ports::{Current, Receipt, Unavailable};
use tradewind_engine::protocol::{
    Attempt, Change, Command, Committed, Outcome, Work, Write, begin, conclude, on_lost_claim,
};
use tradewind_engine::runs::{Run, StepRecord, StepState};
use tradewind_engine::workflows::{ActionStep, Step, StepKind};

/// Works on a step that was just claimed.
pub(super) async fn work(
    ports: &Executing,
    receipt: &Receipt,
    run: &Run,
    path: &StepPath,
) -> Result<Handled, Unavailable> {
    let Some(compiled) = ports.deployed.version(&run.workflow, run.version).await? else {
        return Ok(Handled::Left(format!(
            "version {} of {} is missing",
            run.version, run.workflow
        )));
    };
    let current = ports.deployed.current().await?;
    let mut run = run.clone();
    let (outcome, asked) = match prepare(ports, &current, &compiled, &run, path).await {
        Err(outcome) => (outcome, None),
        Ok(prepared) => {
            if let Some(reassigned) = reassign(ports, &run, path, &prepared).await? {
                run = reassigned;
            }
            let outcome = perform(ports, &run, path, &prepared).await;
            (outcome, Some(prepared.implementation))
        }
    };
    record(ports, receipt, &run, path, &compiled, asked.as_ref(), outcome).await
}

/// Everything that a call needs.
pub(super) struct Prepared {
    pub(super) connection: Connection,
    pub(super) implementation: Implementation,
    pub(super) input: serde_json::Value,
    pub(super) timeout: Duration,
    /// Ask whether it happened instead of doing it.
    pub(super) ask: bool,
}

async fn prepare(
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
        hold_back(current, compiled, run, step)?;
    }
    let stored = stored(current, &action_step.via).map_err(needs_repair)?;
    let action = ports.actions.iter().find(|action| action.id == action_step.uses);
    let action = action.ok_or_else(|| refused("unknown_action"))?;
    let implementation =
        action.implementation(stored.provider.as_str()).cloned().ok_or_else(|| {
            let (via, provider) = (&action_step.via, &stored.provider);
            let reason =
                format!("connection {via} is at {provider}, which cannot do {}", action.id);
            Outcome::Error(ActionError::needs_repair(reason))
        })?;
    if ask {
        still_the_one_to_ask(record, &implementation)?;
    } else {
        still_recognised(ports, run, record, &implementation)?;
    }
    let input = render(action, action_step, compiled, run)?;
    let provider = implementation.provider;
    let connection = connect(&action_step.via, stored, provider, &*ports.secrets, false).await;
    let connection = connection.map_err(unusable)?;
    Ok(Prepared { connection, implementation, input, timeout: action_step.timeout, ask })
}

/// What keeps a step from being performed although it was claimed.
fn hold_back(
    current: &Current,
    compiled: &Compiled,
    run: &Run,
    step: &Step,
) -> Result<(), Outcome> {
    if current.workflows.iter().any(|head| head.id == run.workflow && head.paused) {
        return Err(Outcome::Paused);
    }
    match step.condition.as_ref().map(|condition| condition.holds(&compiled.scope(run))) {
        None | Some(Ok(true)) => Ok(()),
        Some(Ok(false)) => Err(Outcome::NotNeeded(CONDITION_FALSE.to_owned())),
        Some(Err(error)) => Err(refused(&format!("if: {error}"))),
    }
}

/// Whether the provider that would be asked is the one that the doubt is about: any other would say
/// that nothing happened.
fn still_the_one_to_ask(
    record: &StepRecord,
    implementation: &Implementation,
) -> Result<(), Outcome> {
    if record.provider.as_str() == implementation.provider.id {
        return Ok(());
    }
    let (before, now) = (&record.provider, implementation.provider.id);
    let reason = format!("a try may have arrived at {before}; now {now} would be asked about it");
    Err(Outcome::CannotTell(reason))
}

/// Whether a repeated call would still be recognised as the same one.
fn still_recognised(
    ports: &Executing,
    run: &Run,
    record: &StepRecord,
    implementation: &Implementation,
) -> Result<(), Outcome> {
    if record.provider.as_str() != implementation.provider.id && record.may_have_arrived_before() {
        let (before, now) = (&record.provider, implementation.provider.id);
        let reason =
            format!("an earlier try may have arrived at {before}; now it would go to {now}");
        return Err(Outcome::KeyForgotten(reason));
    }
    match begin(run, record, implementation.key_window, ports.clock.now()) {
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

/// The connection went to another provider since the workflow was applied: from here on the step
/// follows the new one's effect class.
async fn reassign(
    ports: &Executing,
    run: &Run,
    path: &StepPath,
    prepared: &Prepared,
) -> Result<Option<Run>, Unavailable> {
    let Some(record) = run.steps.get(path) else { return Ok(None) };
    let implementation = &prepared.implementation;
    let same = record.provider.as_str() == implementation.provider.id
        && record.class == implementation.class;
    if same || prepared.ask {
        return Ok(None);
    }
    let change = Change::Reassign {
        path: path.clone(),
        fence: record.fence,
        provider: implementation.provider.id.into(),
        class: implementation.class,
    };
    let write = Command::Write(Write { run: run.id.clone(), change });
    match ports.journal.commit(None, &[write]).await? {
        Committed::Applied(run) => Ok(run.map(|run| *run)),
        Committed::Refused { .. } => Err(Unavailable {
            service: "run",
            reason: "it was changed by somebody else".to_owned(),
        }),
    }
}

async fn record(
    ports: &Executing,
    receipt: &Receipt,
    run: &Run,
    path: &StepPath,
    compiled: &Compiled,
    implementation: Option<&Implementation>,
    outcome: Outcome,
) -> Result<Handled, Unavailable> {
    // Where the connection cannot be used for the moment, the class says whether asking makes sense.
    let is_queryable = || run.steps.get(path).is_some_and(|s| s.class == EffectClass::Queryable);
    let attempt = Attempt {
        run,
        path,
        flow: compiled,
        can_be_asked: implementation.map_or_else(is_queryable, Implementation::can_be_asked),
        search_lag: implementation.map_or(Duration::ZERO, |one| one.search_lag),
        now: ports.clock.now(),
        chance: ports.ids.random_unit(),
    };
    let fence = run.steps.get(path).map_or(0, |step| step.fence);
    let commands = conclude(&attempt, outcome.clone());
    log(run, path, &commands);
    let mut failed = None;
    for _ in 0..RECORD_TRIES {
        match ports.journal.commit(Some(receipt), &commands).await {
            Ok(Committed::Applied(_)) => return Ok(Handled::Settled),
            Ok(Committed::Refused { current }) => {
                let now = ports.clock.now();
                let commands = on_lost_claim(current.as_deref(), path, fence, &outcome, now);
                ports.journal.commit(Some(receipt), &commands).await?;
                return Ok(Handled::Settled);
            }
            Err(unavailable) => failed = Some(unavailable),
        }
        ports.clock.sleep(RECORD_PAUSE).await;
    }
    let reason = failed.map_or_else(String::new, |unavailable| unavailable.to_string());
    Ok(Handled::Left(format!("the outcome could not be recorded: {reason}")))
}

/// The reasons stay in the run: providers like to repeat addresses in them, and logs are read by others.
fn log(run: &Run, path: &StepPath, commands: &[Command]) {
    let change = commands.iter().find_map(|command| match command {
        Command::Write(write) => Some(&write.change),
        _ => None,
    });
    match change {
        Some(Change::Fail { .. } | Change::Park { .. }) => {
            tracing::error!(run.id = %run.id, step.id = %path, "a step stopped its run");
        }
        Some(Change::Retry { next_at, .. } | Change::Wonder { next_at, .. }) => {
            tracing::warn!(run.id = %run.id, step.id = %path, %next_at, "a step will be tried again");
        }
        _ => tracing::debug!(run.id = %run.id, step.id = %path, "a step has ended"),
    }
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
