//! One page of the runs of a job.

use super::advancing::Advancing;
use crate::people::acting::NotDone;
use crate::people::replay::{take_up_run, would_take_up};
use futures::future::join_all;
use tradewind_engine::ids::RunId;
use tradewind_engine::jobs::{Job, JobCursor, JobRefusal, JobState, JobWork, ReplayRuns};
use tradewind_engine::ports::{Hidden, Interrupted, RunFilter, Unavailable};
use tradewind_engine::protocol::{self, Objection};
use tradewind_engine::runs::Run;
use tradewind_engine::time::Timestamp;

/// So many runs are seen to by one job, at most.
pub(super) const JOB_RUNS_MAX: u64 = 100_000;
/// How many runs are listed in one go.
pub(super) const PAGE: usize = 96;
/// How many of them are seen to at the same time.
const AT_ONCE: usize = 16;
/// How many refusals are kept with their reasons.
const REFUSALS_KEPT: usize = 10;
/// How often runs are tried for which a store does not answer, before they are passed over.
const TRIES_MAX: u32 = 5;

/// What became of a run.
enum Handled {
    Done,
    Refused(String),
    /// It is none of the runs that the job covers.
    Passed,
}

/// Sees to the next runs of the job, until there is no time left. An error means that the runs from
/// the cursor on have to be seen to again.
pub(super) async fn see_to_page(
    ports: &Advancing,
    job: &mut Job,
    end: Timestamp,
) -> Result<(), Unavailable> {
    if ports.clock.now() >= end {
        return Ok(());
    }
    let left = JOB_RUNS_MAX.saturating_sub(job.done + job.refused);
    let filter = RunFilter {
        workflow: job.work.workflow().cloned(),
        state: Some(job.cursor.state),
        is_waiting: false,
        event: None,
        before: job.cursor.before.clone(),
        limit: usize::try_from(left).unwrap_or(PAGE).min(PAGE),
    };
    if filter.limit == 0 {
        job.state = JobState::Full;
        return Ok(());
    }
    let page = ports.runs.list(&filter).await?;
    for some in page.chunks(AT_ONCE) {
        if ports.clock.now() >= end {
            return Ok(());
        }
        see_to_some(ports, job, some).await?;
    }
    for Hidden { place, why } in &page.hidden {
        refuse(job, RunId::from(place.id.as_str()), why.to_string());
    }
    let is_over = page.last().is_some_and(|last| is_before_all(job, last));
    match page.next.clone() {
        // Whatever stood at its end, readable or not.
        Some(next) if !is_over => job.cursor.before = Some(next),
        // The page may be short for other reasons than that there are no more runs.
        None if !is_over && !page.is_empty() => {}
        _ => next_state(job),
    }
    Ok(())
}

async fn see_to_some(ports: &Advancing, job: &mut Job, some: &[Run]) -> Result<(), Unavailable> {
    let seen = join_all(some.iter().map(|run| see_to(ports, job, run))).await;
    let is_last_try = job.tries + 1 >= TRIES_MAX;
    let mut stuck = None;
    for (run, seen) in some.iter().zip(seen) {
        match seen {
            Ok(Handled::Done) => job.done += 1,
            // Behind a run that has to be tried again it is met once more.
            Ok(Handled::Refused(reason)) if stuck.is_none() => refuse(job, run.id.clone(), reason),
            Ok(Handled::Refused(_) | Handled::Passed) => {}
            Err(unavailable) if is_last_try => {
                tracing::warn!(run.id = %run.id, error = %unavailable.logged(), "a run is left out of a job");
                refuse(job, run.id.clone(), unavailable.to_string());
            }
            Err(unavailable) => stuck = stuck.or(Some(unavailable)),
        }
        if stuck.is_none() {
            job.cursor.before = Some(run.id.clone());
        }
    }
    match stuck {
        None => job.tries = 0,
        Some(unavailable) => {
            job.tries += 1;
            return Err(unavailable);
        }
    }
    Ok(())
}

async fn see_to(ports: &Advancing, job: &Job, run: &Run) -> Result<Handled, Unavailable> {
    match &job.work {
        JobWork::WakeRuns { not_before, .. } => {
            let woken = protocol::wake_all(run, ports.clock.now(), Some(*not_before));
            ports.journal.commit(None, &woken).await.map_err(Interrupted::cause)?;
            Ok(Handled::Done)
        }
        JobWork::ReplayRuns(replay) => {
            let mut seen = replay_run(ports, job, replay, run).await;
            if matches!(seen, Err(NotDone::Changed)) {
                let Some(run) = ports.runs.read(&run.id).await? else { return Ok(Handled::Passed) };
                seen = replay_run(ports, job, replay, &run).await;
            }
            match seen {
                Ok(seen) => Ok(seen),
                Err(NotDone::Unavailable(unavailable)) => Err(unavailable),
                Err(not_done) => Ok(Handled::Refused(not_done.to_string())),
            }
        }
    }
}

async fn replay_run(
    ports: &Advancing,
    job: &Job,
    replay: &ReplayRuns,
    run: &Run,
) -> Result<Handled, NotDone> {
    if !covers(job, replay, run) {
        return Ok(Handled::Passed);
    }
    let replayed = if replay.dry_run {
        would_take_up(ports, run, replay.force).await
    } else {
        take_up_run(ports, run, replay.force).await.map(|_| ())
    };
    match replayed {
        Ok(()) => Ok(Handled::Done),
        Err(NotDone::Objection(Objection::StillRunning)) => Ok(Handled::Passed),
        Err(not_done) => Err(not_done),
    }
}

/// Whether the run stood so when the job was asked for. One that was taken up since, and stopped
/// again, is not taken up once more.
fn covers(job: &Job, replay: &ReplayRuns, run: &Run) -> bool {
    run.state == job.cursor.state
        && run.ended_at.is_none_or(|ended_at| ended_at <= job.created_at)
        && replay.since.is_none_or(|since| since <= run.created_at)
        && replay.until.is_none_or(|until| run.created_at < until)
}

/// Whether all runs that follow were started too early for the job.
fn is_before_all(job: &Job, run: &Run) -> bool {
    match &job.work {
        JobWork::ReplayRuns(replay) => replay.since.is_some_and(|since| run.created_at < since),
        JobWork::WakeRuns { .. } => false,
    }
}

fn next_state(job: &mut Job) {
    let states = job.work.states().iter();
    let mut following = states.skip_while(|state| **state != job.cursor.state).skip(1);
    match following.next() {
        Some(state) => job.cursor = JobCursor { state: *state, before: None },
        None => job.state = JobState::Done,
    }
}

fn refuse(job: &mut Job, run: RunId, reason: String) {
    job.refused += 1;
    if job.refusals.len() < REFUSALS_KEPT {
        job.refusals.push(JobRefusal { run, reason });
    }
}
