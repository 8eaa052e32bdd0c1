//! The alarm of the local runtime: dead letters and stalled workers are reported to people through the
//! connection that `alerts:` names, as alarms on dead-letter queues are elsewhere.
//!
//! Invariant: a dead letter counts as reported only after somebody took the message.

use super::clock_steps::ClockSteps;
use super::health::{Health, health};
use super::moment::Moment;
use super::supervise::supervise;
use crate::store::Store;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tradewind_engine::effects::ActionError;
use tradewind_engine::holds::HoldKey;
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::ports::{Runs, Unavailable};
use tradewind_engine::protocol::WakeUp;
use tradewind_platform::alerts::alert;
use tradewind_platform::execute::Executing;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(5);
/// After telling failed it waits so long.
const PAUSE: Duration = Duration::from_secs(60);
/// A stalled worker is reported again after so long.
const STALL_AGAIN: Duration = Duration::from_secs(3_600);
/// More letters than that are reported as a number.
const REPORTED_ONE_BY_ONE: usize = 20;

/// What watching needs.
pub(crate) struct Watching {
    pub(crate) store: Store,
    pub(crate) health: Arc<Health>,
    pub(crate) executing: Arc<Executing>,
    // Outlives a round that panics.
    pub(crate) clock_steps: Mutex<ClockSteps>,
}

/// Goes on for as long as the process does.
pub(crate) async fn keep_watching(watching: Watching) -> String {
    supervise("the alarm", &*watching.executing.clock, || watch(&watching)).await
}

/// Watches until it is dropped.
async fn watch(watching: &Watching) {
    let clock = watching.executing.clock.clone();
    let mut stall_reported_at = None;
    loop {
        check_clock(watching, Moment::now(&*clock)).await;
        let reported = report_letters(watching).await;
        if let Err(reason) = &reported {
            tracing::error!(reason, "an alert could not be sent");
        }
        let now = clock.now();
        match health(&watching.health).await {
            Ok(()) => stall_reported_at = None,
            Err(problems) => {
                let recently = stall_reported_at
                    .is_some_and(|at| tradewind_engine::time::until(at, now) < STALL_AGAIN);
                if !recently && report_stall(watching, &problems, now).await {
                    stall_reported_at = Some(now);
                }
            }
        }
        watching.health.record_watch();
        clock.sleep(if reported.is_ok() { EVERY } else { PAUSE }).await;
    }
}

/// What was visible before the clock stepped back is visible after it.
async fn check_clock(watching: &Watching, now: Moment) {
    let step = watching.clock_steps.lock().unwrap_or_else(PoisonError::into_inner).observe(now);
    let Some(step) = step else { return };
    let text = step.text();
    tracing::error!(from = %step.from, to = %step.to, "the clock stepped back");
    if let Err(unavailable) = watching.store.show_again(step.from, step.to).await {
        tracing::error!(error = %unavailable.logged(), "messages may wait for the clock");
    }
    if let Err(reason) = send_alert(watching, &format!("clock-{}", step.to), &text).await {
        tracing::error!(reason, "an alert could not be sent");
    }
}

async fn report_letters(watching: &Watching) -> Result<(), String> {
    let unavailable = |unavailable: Unavailable| unavailable.to_string();
    let letters = watching.store.unreported_letters(1_000).await.map_err(unavailable)?;
    let (single, rest) = letters.split_at(letters.len().min(REPORTED_ONE_BY_ONE));
    for letter in single {
        let text = describe(watching, letter).await.map_err(unavailable)?;
        send_alert(watching, &format!("dead-letter-{}", letter.id), &text).await?;
        watching
            .store
            .mark_reported(std::slice::from_ref(&letter.id))
            .await
            .map_err(unavailable)?;
    }
    if let (Some(first), false) = (rest.first(), rest.is_empty()) {
        let text = format!("{} more dead letters: see `tradewind dead-letters`", rest.len());
        send_alert(watching, &format!("dead-letters-from-{}", first.id), &text).await?;
        let ids: Vec<String> = rest.iter().map(|letter| letter.id.clone()).collect();
        watching.store.mark_reported(&ids).await.map_err(unavailable)?;
    }
    Ok(())
}

async fn send_alert(watching: &Watching, key: &str, text: &str) -> Result<(), String> {
    match alert(&watching.executing, key, text).await {
        Ok(true) => Ok(()),
        Ok(false) => {
            // The text may hold what a provider said, and logs are read by others.
            tracing::error!(alert.key = key, "a person is needed, and `alerts:` names nobody");
            Ok(())
        }
        // It may have arrived: telling twice is better than not telling.
        Err(ActionError::NotNow { reason, .. } | ActionError::Unknown { reason }) => Err(reason),
        Err(ActionError::Refused { reason } | ActionError::NeedsRepair { reason }) => Err(reason),
    }
}

async fn report_stall(
    watching: &Watching,
    problems: &[String],
    now: tradewind_engine::time::Timestamp,
) -> bool {
    let problems = problems.join("; ");
    tracing::error!(problems, "work is stalled");
    let text = format!("Tradewind is stalled: {problems}");
    let reported = send_alert(watching, &format!("stalled-{now}"), &text).await;
    if let Err(reason) = &reported {
        tracing::error!(reason, "an alert could not be sent");
    }
    reported.is_ok()
}

async fn describe(watching: &Watching, letter: &DeadLetter) -> Result<String, Unavailable> {
    let (id, queue) = (&letter.id, &letter.queue);
    let wake = serde_json::from_str::<WakeUp>(&letter.body).ok();
    let Some(wake) = wake.filter(|wake| HoldKey::in_wake(wake).is_none()) else {
        return Ok(format!(
            "Dead letter {id} in queue {queue}: {}. See `tradewind dead-letters`.",
            letter.reason
        ));
    };
    let run = Runs::read(&watching.store, &wake.run).await?;
    let Some((run, failure)) =
        run.and_then(|run| run.failure.clone().map(|failure| (run, failure)))
    else {
        let (run, reason) = (wake.run.root(), &letter.reason);
        return Ok(format!("Dead letter {id} in queue {queue} for run {run}: {reason}."));
    };
    let tries = if failure.attempts == 1 { "try" } else { "tries" };
    Ok(format!(
        "{} {}: step {} after {} {tries}: {}. See `tradewind run {}`.",
        run.workflow,
        run.state.as_str(),
        failure.step,
        failure.attempts,
        failure.reason,
        run.root()
    ))
}
