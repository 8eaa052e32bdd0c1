//! Time stands still here but for what a test adds.

use super::*;
use std::path::Path;
use tempfile::tempdir;
use tradewind_engine::ports::Journal;
use tradewind_engine::protocol::{Command, WakeUp};
use tradewind_engine::queues::Queue;
use tradewind_engine::time::after;
use tradewind_memory::VirtualClock;

fn clock() -> VirtualClock {
    VirtualClock::new("2026-11-23T12:00:00Z".parse().unwrap())
}

fn open(folder: &Path, clock: &VirtualClock) -> Health {
    let store = Store::open(folder, Arc::new(clock.clone())).unwrap();
    let in_flight = Arc::new(InFlight::new(Arc::default()));
    Health::new(store, Arc::default(), in_flight, Arc::new(clock.clone()))
}

fn pass(clock: &VirtualClock, seconds: u64) {
    clock.advance_to(after(clock.now(), Duration::from_secs(seconds)));
}

async fn check(health_of: &Health, expected: &[&str]) {
    let problems = health(health_of).await.err().unwrap_or_default();
    assert_eq!(problems.len(), expected.len(), "{problems:?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.starts_with(expected), "{problem}");
    }
}

async fn send(health: &Health) {
    let wake = WakeUp::new(&"run_1".into(), &"confirm".into());
    let send =
        Command::Send { to: Queue::Action("email.send".into()), wake, not_before: None, via: None };
    health.store.commit(None, &[send]).await.unwrap();
}

#[tokio::test]
async fn a_queue_is_stalled_after_a_minute_in_which_none_was_finished() {
    let (folder, clock) = (tempdir().unwrap(), clock());
    let health = open(folder.path(), &clock);
    send(&health).await;
    pass(&clock, 59);
    check(&health, &[]).await;
    pass(&clock, 1);
    let stalled = "the worker of email.send is stalled: 1 wait, the oldest for 60 s";
    check(&health, &[stalled]).await;
    health.progress.record_finished("email.send", Moment::now(&clock));
    check(&health, &[]).await;
    pass(&clock, 60);
    check(&health, &["the worker of email.send is stalled: 1 wait, the oldest for 120 s"]).await;
}

#[tokio::test]
async fn what_waited_while_nobody_could_work_is_no_stall() {
    let (folder, clock) = (tempdir().unwrap(), clock());
    let before = open(folder.path(), &clock);
    send(&before).await;
    drop(before);
    pass(&clock, 3_600);
    let health = open(folder.path(), &clock);
    check(&health, &[]).await;
    pass(&clock, 60);
    check(&health, &["the worker of email.send is stalled: 1 wait, the oldest for 3660 s"]).await;
}

#[tokio::test]
async fn a_sweeper_that_makes_no_round_is_stalled() {
    let (folder, clock) = (tempdir().unwrap(), clock());
    let health = open(folder.path(), &clock);
    pass(&clock, 179);
    check(&health, &[]).await;
    pass(&clock, 1);
    check(&health, &["the sweeper is stalled: its last round ended at 2026-11-23T12:00:00Z"]).await;
    health.record_sweep();
    check(&health, &[]).await;
}

#[tokio::test]
async fn an_alarm_that_makes_no_round_is_stalled() {
    let (folder, clock) = (tempdir().unwrap(), clock());
    let health = open(folder.path(), &clock);
    pass(&clock, 599);
    health.record_sweep();
    check(&health, &[]).await;
    pass(&clock, 1);
    check(&health, &["the alarm is stalled: its last round ended at 2026-11-23T12:00:00Z"]).await;
    health.record_watch();
    check(&health, &[]).await;
}

/// A clock that somebody sets forward.
struct Settable {
    time: VirtualClock,
    forward: Mutex<Duration>,
}

#[async_trait::async_trait]
impl Clock for Settable {
    fn now(&self) -> Timestamp {
        after(self.time.now(), *lock(&self.forward))
    }

    async fn sleep(&self, duration: Duration) {
        self.time.sleep(duration).await;
    }

    fn uptime(&self) -> Duration {
        self.time.uptime()
    }
}

#[tokio::test]
async fn a_clock_that_is_set_forward_stalls_nobody() {
    let (folder, time) = (tempdir().unwrap(), clock());
    let clock = Arc::new(Settable { time: time.clone(), forward: Mutex::default() });
    let store = Store::open(folder.path(), clock.clone()).unwrap();
    let health =
        Health::new(store, Arc::default(), Arc::new(InFlight::new(Arc::default())), clock.clone());
    pass(&time, 100);
    check(&health, &[]).await;
    send(&health).await;
    pass(&time, 5);
    *lock(&clock.forward) = Duration::from_secs(7_200);
    check(&health, &[]).await;
    pass(&time, 54);
    check(&health, &[]).await;
    health.record_sweep();
    pass(&time, 1);
    check(&health, &["the worker of email.send is stalled: 1 wait, the oldest for 60 s"]).await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_hides_no_sweeper_that_stands_still() {
    let (folder, time) = (tempdir().unwrap(), clock());
    let clock = Arc::new(Settable { time: time.clone(), forward: Mutex::default() });
    *lock(&clock.forward) = Duration::from_secs(7_200);
    let store = Store::open(folder.path(), clock.clone()).unwrap();
    let health =
        Health::new(store, Arc::default(), Arc::new(InFlight::new(Arc::default())), clock.clone());
    *lock(&clock.forward) = Duration::ZERO;
    pass(&time, 180);
    check(&health, &["the sweeper is stalled: its last round ended at 2026-11-23T14:00:00Z"]).await;
}
