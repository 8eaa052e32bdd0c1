//! Slices of jobs, on virtual time.

use super::page::PAGE;
use super::*;
use crate::deployed::{CURRENT_FOR, Deployed};
use crate::given::{clock, memory};
use async_trait::async_trait;
use futures::FutureExt;
use futures::future::join;
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use tradewind_connectors::catalog::catalog;
use tradewind_engine::ids::{RunId, WorkflowId};
use tradewind_engine::ports::{Clock as _, Interrupted, Jobs, Journal, Receipt, Runs};
use tradewind_engine::protocol::{Change, Command, Committed, Write};
use tradewind_engine::runs::{Run, RunState};
use tradewind_memory::{Memory, VirtualClock};

const SECOND: Duration = Duration::from_secs(1);

/// A journal that takes its time, and fails for some runs.
struct Slow {
    clock: VirtualClock,
    takes: Duration,
    fails_for: BTreeSet<RunId>,
    memory: Arc<Memory>,
    written: Mutex<Vec<RunId>>,
}

#[async_trait]
impl Journal for Slow {
    async fn commit(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        self.clock.advance_to(after(self.clock.now(), self.takes));
        if let Some(Command::Write(write)) = commands.first() {
            if self.fails_for.contains(&write.run) {
                let reason = "unreadable".to_owned();
                return Err(Unavailable::new("store", reason).into());
            }
            self.written.lock().unwrap().push(write.run.clone());
        }
        self.memory.commit(receipt, commands).await
    }
}

struct Given {
    clock: VirtualClock,
    memory: Arc<Memory>,
    journal: Arc<Slow>,
    ports: Advancing,
}

/// So many runs that have failed, one after the other.
fn given(runs: usize, takes: Duration, fails_for: &[&str]) -> Given {
    let clock = clock();
    let memory = memory(&clock);
    for number in 0..runs {
        clock.advance_to(after(clock.now(), SECOND));
        let run = stopped(&format!("run_{number:04}"), RunState::Failed, clock.now());
        start(&memory, &run);
    }
    let journal = Arc::new(Slow {
        clock: clock.clone(),
        takes,
        fails_for: fails_for.iter().map(|run| RunId::from(*run)).collect(),
        memory: memory.clone(),
        written: Mutex::default(),
    });
    let deployed = Deployed::new(memory.clone(), Arc::new(clock.clone()), CURRENT_FOR);
    let ports = Advancing {
        deployed: Arc::new(deployed),
        jobs: memory.clone(),
        runs: memory.clone(),
        dead_letters: memory.clone(),
        journal: journal.clone(),
        catalog: Arc::new(catalog()),
        clock: Arc::new(clock.clone()),
    };
    Given { clock, memory, journal, ports }
}

fn stopped(id: &str, state: RunState, now: Timestamp) -> Run {
    let step = serde_json::json!({
        "state": if state == RunState::Parked { "parked" } else { "failed" },
        "action": "thing.do", "provider": "acme", "class": "natural", "on_unknown": "retry",
        "fence": 1, "attempts": 1, "asked": 0, "tried": [], "ended_at": now,
    });
    let kind = if state == RunState::Parked { "needs_repair" } else { "failed" };
    let run = serde_json::json!({
        "v": 1, "id": id, "workflow": "w", "version": 1, "event": "evt_1", "key": id,
        "generation": 0, "test": false, "state": state, "gen": 0, "input": null,
        "steps": { "do": step }, "dead_lettered": true, "quiet": false, "hops": 0,
        "failure": { "step": "do", "reason": "no", "attempts": 1, "kind": kind },
        "created_at": now, "ended_at": now,
    });
    serde_json::from_value(run).unwrap()
}

fn start(memory: &Memory, run: &Run) {
    let write = Write { run: run.id.clone(), change: Change::Start(Box::new(run.clone())) };
    let started = ready(memory.commit(None, &[Command::Write(write)]));
    assert!(matches!(started, Ok(Committed::Applied(_))), "{started:?}");
}

fn ready<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().expect("nothing waits in here")
}

impl Given {
    fn start(&self, replay: ReplayRuns) -> Job {
        self.ended(start_replay(&self.ports, "job_1".into(), replay)).unwrap()
    }

    fn advance(&self) -> Job {
        self.ended(advance(&self.ports, SLICE)).unwrap();
        self.job()
    }

    /// Lets the time pass that the work waits for.
    fn ended<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            match work.as_mut().now_or_never() {
                Some(ended) => return ended,
                None => self.clock.advance_to(self.clock.next_timer().expect("it waits")),
            }
        }
    }

    fn job(&self) -> Job {
        ready(Jobs::read(&*self.memory, &"job_1".into())).unwrap().unwrap()
    }

    fn state(&self, run: &str) -> RunState {
        ready(Runs::read(&*self.memory, &run.into())).unwrap().unwrap().state
    }

    fn pass(&self, by: Duration) {
        self.clock.advance_to(after(self.clock.now(), by));
    }
}

fn counts(job: &Job) -> (JobState, u64, u64) {
    (job.state, job.done, job.refused)
}

#[test]
fn a_small_job_is_done_when_it_was_asked_for() {
    let given = given(3, Duration::ZERO, &[]);
    let job = given.start(ReplayRuns::default());
    assert_eq!(counts(&job), (JobState::Done, 3, 0));
    assert_eq!((job.leased_until, given.state("run_0002")), (None, RunState::Active));
    assert_eq!(ready(given.memory.open(10)), Ok(Vec::new()));
    // Its id stands for it.
    assert_eq!(given.start(ReplayRuns { force: true, ..ReplayRuns::default() }), job);
}

#[test]
fn a_large_job_goes_on_slice_by_slice_until_it_is_done() {
    let runs = PAGE * 5 / 2;
    let given = given(runs, SECOND / 8, &[]);
    let first = given.start(ReplayRuns::default());
    assert_eq!(first.state, JobState::Open);
    assert!(first.done >= 24 && first.done < 64, "{first:?}");
    let mut slices = 1;
    while given.job().state == JobState::Open {
        given.pass(SECOND * 60);
        let before = given.clock.now();
        given.advance();
        assert!(given.clock.now() < after(before, SLICE + SECOND * 3));
        slices += 1;
    }
    assert_eq!(counts(&given.job()), (JobState::Done, runs as u64, 0));
    assert!((2..10).contains(&slices), "{slices}");
    let mut written = given.journal.written.lock().unwrap().clone();
    written.sort();
    written.dedup();
    assert_eq!(written.len(), runs);
    assert_eq!(given.journal.written.lock().unwrap().len(), runs, "each once");
}

#[test]
fn only_what_stood_so_when_it_was_asked_for_is_taken_up() {
    let given = given(4, Duration::ZERO, &[]);
    let begin = given.clock.now();
    for (id, state) in [("run_p", RunState::Parked), ("run_q", RunState::Parked)] {
        given.pass(SECOND);
        start(&given.memory, &stopped(id, state, given.clock.now()));
    }
    let mut late = stopped("run_late", RunState::Failed, begin);
    late.ended_at = Some(after(given.clock.now(), SECOND));
    start(&given.memory, &late);
    let replay = ReplayRuns {
        since: Some(begin),
        until: Some(given.clock.now()),
        workflow: Some(WorkflowId::from("w")),
        ..ReplayRuns::default()
    };
    let dry = ReplayRuns { dry_run: true, ..replay.clone() };
    let dry = ready(start_replay(&given.ports, "job_dry".into(), dry)).unwrap();
    assert_eq!(counts(&dry), (JobState::Done, 2, 0));
    assert!(given.journal.written.lock().unwrap().is_empty());
    assert_eq!(counts(&given.start(replay)), (JobState::Done, 2, 0));
    let states = ["run_0002", "run_0003", "run_p", "run_q", "run_late"].map(|run| given.state(run));
    use RunState::{Active, Failed, Parked};
    assert_eq!(states, [Failed, Active, Active, Parked, Failed]);
}

#[test]
fn a_run_that_cannot_be_taken_up_is_counted_with_its_reason() {
    let given = given(2, Duration::ZERO, &[]);
    let mut redacted = stopped("run_old", RunState::Failed, given.clock.now());
    redacted.redacted_at = Some(given.clock.now());
    start(&given.memory, &redacted);
    let job = given.start(ReplayRuns::default());
    assert_eq!(counts(&job), (JobState::Done, 2, 1));
    assert_eq!(job.refusals[0].run, redacted.id);
    assert_eq!(job.refusals[0].reason, "the run's data has been removed");
}

#[test]
fn a_run_that_cannot_be_written_holds_the_job_up_for_a_few_rounds_only() {
    let given = given(3, Duration::ZERO, &["run_0001"]);
    let mut job = given.start(ReplayRuns::default());
    for tries in 1..5 {
        assert_eq!((job.state, job.done, job.tries), (JobState::Open, 2, tries));
        job = given.advance();
    }
    assert_eq!(counts(&job), (JobState::Done, 2, 1));
    assert_eq!(job.refusals[0].run.as_str(), "run_0001");
}

#[test]
fn of_two_processes_one_works_on_a_job() {
    let given = given(30, Duration::ZERO, &[]);
    let work = JobWork::ReplayRuns(ReplayRuns::default());
    ready(given.memory.add(&Job::new("job_1".into(), work, given.clock.now()))).unwrap();
    let (one, other) = ready(join(advance(&given.ports, SLICE), advance(&given.ports, SLICE)));
    assert_eq!(one.unwrap() + other.unwrap(), 30);
    assert_eq!(counts(&given.job()), (JobState::Done, 30, 0));
}

#[test]
fn a_job_whose_process_died_is_taken_over_once_its_lease_has_ended() {
    let given = given(3, Duration::ZERO, &[]);
    let work = JobWork::ReplayRuns(ReplayRuns::default());
    let job = Job::new("job_1".into(), work, given.clock.now());
    let leased_until = Some(after(given.clock.now(), SECOND));
    ready(given.memory.add(&Job { leased_until, ..job })).unwrap();
    assert_eq!(given.advance().done, 0);
    given.pass(SECOND);
    assert_eq!(counts(&given.advance()), (JobState::Done, 3, 0));
}

#[test]
fn waking_many_runs_becomes_a_job_and_waking_few_does_not() {
    for (runs, is_kept) in [(PAGE, false), (PAGE * 6, true)] {
        let given = given(runs, Duration::ZERO, &[]);
        given.start(ReplayRuns::default());
        let (workflow, now) = (WorkflowId::from("w"), given.clock.now());
        let work = JobWork::WakeRuns { workflow, not_before: now };
        ready(work_or_store(&given.ports, Job::new("job_wake".into(), work, now))).unwrap();
        let kept = ready(Jobs::read(&*given.memory, &"job_wake".into())).unwrap();
        assert_eq!(kept.is_some(), is_kept);
        given.advance();
        let woken = given.memory.messages().len();
        // Once by the replay, and once by being woken.
        assert_eq!(woken, runs * 2);
    }
}
