//! Bulk work, as it is kept between its slices.

use super::World;
use super::records::history;
use futures::future::join_all;
use std::time::Duration;
use tradewind_engine::ids::JobId;
use tradewind_engine::jobs::{Job, JobCursor, JobRefusal, JobState, JobWork, ReplayRuns};
use tradewind_engine::runs::RunState;
use tradewind_engine::time::{Timestamp, after};

const SECOND: Duration = Duration::from_secs(1);

pub(super) async fn the_first_job_of_an_id_stays(world: &World) {
    let first = job("job_1", world.now());
    let second = Job { done: 7, ..first.clone() };
    for job in [&first, &second] {
        world.jobs().add(job).await.unwrap();
    }
    assert_eq!(read(world, "job_1").await, Some(first));
    assert_eq!(read(world, "job_2").await, None);
}

pub(super) async fn a_job_is_saved_once_from_where_it_was_read(world: &World) {
    let first = job("job_1", world.now());
    let next = Job {
        state: JobState::Full,
        cursor: JobCursor { state: RunState::Parked, before: Some("run_1".into()) },
        done: 70_000,
        refused: 30_000,
        refusals: vec![JobRefusal { run: "run_2".into(), reason: "\u{FFFF}🛒".to_owned() }],
        tries: 2,
        leased_until: Some(after(world.now(), SECOND)),
        updated_at: after(world.now(), SECOND),
        revision: 1,
        ..first.clone()
    };
    assert!(!world.jobs().save(&next).await.unwrap(), "it is not there");
    world.jobs().add(&first).await.unwrap();
    assert!(world.jobs().save(&next).await.unwrap());
    assert_eq!(read(world, "job_1").await, Some(next.clone()));
    let stale = Job { done: 1, ..next.clone() };
    assert!(!world.jobs().save(&stale).await.unwrap());
    let early = Job { done: 1, revision: 3, ..next.clone() };
    assert!(!world.jobs().save(&early).await.unwrap());
    assert_eq!(read(world, "job_1").await, Some(next));
}

pub(super) async fn of_many_who_save_a_job_one_does(world: &World) {
    let first = job("job_1", world.now());
    world.jobs().add(&first).await.unwrap();
    let saves = (1..=20).map(async |done| {
        world.jobs().save(&Job { done, revision: 1, ..first.clone() }).await.unwrap()
    });
    assert_eq!(join_all(saves).await.into_iter().filter(|saved| *saved).count(), 1);
}

pub(super) async fn open_jobs_come_oldest_first_and_all_newest_first(world: &World) {
    for id in ["job_2", "job_1", "job_4", "job_3"] {
        world.jobs().add(&job(id, world.now())).await.unwrap();
        world.pass(SECOND);
    }
    end(world, "job_1").await;
    let open = async |limit| ids(world.jobs().open(limit).await.unwrap());
    assert_eq!(open(10).await, ["job_2", "job_4", "job_3"]);
    assert_eq!(open(2).await, ["job_2", "job_4"]);
    let all = async |limit| ids(world.jobs().list(limit).await.unwrap());
    assert_eq!(all(10).await, ["job_3", "job_4", "job_1", "job_2"]);
    assert_eq!(all(1).await, ["job_3"]);
}

pub(super) async fn purge_removes_jobs_that_are_not_open(world: &World) {
    for id in ["job_1", "job_2"] {
        world.jobs().add(&job(id, world.now())).await.unwrap();
    }
    world.pass(SECOND);
    end(world, "job_1").await;
    let ended_at = world.now();
    assert_eq!(world.runs().purge(&history(ended_at), 10).await.unwrap(), 0);
    assert_eq!(world.runs().purge(&history(after(ended_at, SECOND)), 10).await.unwrap(), 1);
    assert_eq!(ids(world.jobs().list(10).await.unwrap()), ["job_2"]);
}

fn job(id: &str, now: Timestamp) -> Job {
    let replay = ReplayRuns {
        workflow: Some("order-log".into()),
        state: None,
        since: Some(now),
        until: None,
        force: true,
        dry_run: false,
    };
    Job::new(id.into(), JobWork::ReplayRuns(replay), now)
}

async fn end(world: &World, id: &str) {
    let job = read(world, id).await.unwrap();
    let (revision, updated_at) = (job.revision + 1, world.now());
    let ended = Job { state: JobState::Done, updated_at, revision, ..job };
    assert!(world.jobs().save(&ended).await.unwrap());
}

async fn read(world: &World, id: &str) -> Option<Job> {
    world.jobs().read(&JobId::from(id)).await.unwrap()
}

fn ids(jobs: Vec<Job>) -> Vec<String> {
    jobs.into_iter().map(|job| job.id.0).collect()
}
