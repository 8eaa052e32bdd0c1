//! Bulk work: stored jobs that go on slice by slice, at once when they are asked for and then with
//! the sweeper, until all runs were seen to.
//!
//! Invariant: one process at a time works on a job, and what a lost process did of it can be done
//! again: a run that was taken up no longer stands where the job looks for runs.

pub(crate) mod advancing;
mod page;

pub use advancing::Advancing;

use page::see_to_page;
use std::collections::VecDeque;
use std::time::Duration;
use tradewind_engine::ids::JobId;
use tradewind_engine::jobs::{Job, JobState, JobWork, ReplayRuns};
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::{Timestamp, after};

/// How long the sweeper works on jobs in one round.
pub const SLICE: Duration = Duration::from_secs(20);
/// How long whoever asks for a job works on it at once.
const FIRST_SLICE: Duration = Duration::from_secs(3);
/// The longest that a page begun in time takes beyond the end of a slice.
const LATE_BY: Duration = Duration::from_secs(60);
/// How many jobs are worked on in one round.
const JOBS_MAX: usize = 10;
/// How many pages are seen to before what is left becomes a job.
const PAGES_AT_ONCE: usize = 4;

/// Works on the open jobs, a page of each in turn, until they are done or so much time has passed;
/// returns how many runs were seen to. Once a minute.
pub async fn advance(ports: &Advancing, within: Duration) -> Result<u64, Unavailable> {
    let end = after(ports.clock.now(), within);
    let open = ports.jobs.open(JOBS_MAX).await?;
    Ok(work_on(ports, open, end).await)
}

/// Asks for a replay of many runs and does the first of it; an id that was used before is the job
/// that it was used for.
pub async fn start_replay(
    ports: &Advancing,
    id: JobId,
    replay: ReplayRuns,
) -> Result<Job, Unavailable> {
    let now = ports.clock.now();
    let job = Job::new(id, JobWork::ReplayRuns(replay), now);
    ports.jobs.add(&job).await?;
    let kept = ports.jobs.read(&job.id).await?.unwrap_or(job);
    let id = kept.id.clone();
    work_on(ports, vec![kept.clone()], after(now, FIRST_SLICE)).await;
    // The job stands, whatever can be read of it now.
    Ok(ports.jobs.read(&id).await.ok().flatten().unwrap_or(kept))
}

/// Does the job at once where it is small; otherwise, or where a store does not answer, what is left
/// is stored for the sweeper.
pub(crate) async fn work_or_store(ports: &Advancing, mut job: Job) -> Result<(), Unavailable> {
    let end = after(ports.clock.now(), FIRST_SLICE);
    for _ in 0..PAGES_AT_ONCE {
        if let Err(unavailable) = see_to_page(ports, &mut job, end).await {
            tracing::warn!(job.id = %job.id, error = %unavailable.logged(), "a job is left to the sweeper");
            break;
        }
        if job.state != JobState::Open {
            return Ok(());
        }
    }
    ports.jobs.add(&job).await
}

/// Works on those of the jobs that nobody else works on; returns how many runs were seen to. What
/// fails for one holds up no other.
async fn work_on(ports: &Advancing, jobs: Vec<Job>, end: Timestamp) -> u64 {
    let mut seen_to = 0;
    let mut turns: VecDeque<Job> = VecDeque::new();
    for job in jobs {
        turns.extend(or_reported(&job.id.clone(), lease_job(ports, job, end).await));
    }
    while let Some(job) = turns.pop_front() {
        let (id, before) = (job.id.clone(), job.done + job.refused);
        let turn = or_reported(&id, turn(ports, job, end).await);
        let Some(Turn { job, goes_on }) = turn else { continue };
        seen_to += job.done + job.refused - before;
        turns.extend(goes_on.then_some(job));
    }
    seen_to
}

/// Leases the job to this process, unless another has it.
async fn lease_job(
    ports: &Advancing,
    job: Job,
    end: Timestamp,
) -> Result<Option<Job>, Unavailable> {
    let now = ports.clock.now();
    if job.state != JobState::Open || job.leased_until.is_some_and(|until| now < until) {
        return Ok(None);
    }
    let leased_until = Some(after(end, LATE_BY));
    let job = Job { leased_until, revision: job.revision + 1, ..job };
    Ok(ports.jobs.save(&job).await?.then_some(job))
}

/// A job after one of its pages.
struct Turn {
    job: Job,
    goes_on: bool,
}

/// Sees to a page; nothing where somebody else has saved the job.
async fn turn(
    ports: &Advancing,
    mut job: Job,
    end: Timestamp,
) -> Result<Option<Turn>, Unavailable> {
    let seen_to = see_to_page(ports, &mut job, end).await;
    job.updated_at = ports.clock.now();
    let goes_on = job.state == JobState::Open && seen_to.is_ok() && job.updated_at < end;
    if !goes_on {
        job.leased_until = None;
    }
    job.revision += 1;
    let is_saved = ports.jobs.save(&job).await?;
    or_reported(&job.id, seen_to.map(|()| None::<()>));
    Ok(is_saved.then_some(Turn { job, goes_on }))
}

/// What came of it. A job that could not be worked on goes on with the next round.
fn or_reported<T>(job: &JobId, done: Result<Option<T>, Unavailable>) -> Option<T> {
    done.unwrap_or_else(|unavailable| {
        tracing::error!(job.id = %job, error = %unavailable.logged(), "a job could not be worked on");
        None
    })
}

#[cfg(test)]
mod tests;
