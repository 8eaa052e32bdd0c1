//! An executor that does one thing at a time, in an order that follows from a seed.
//!
//! Invariant: the same tasks and the same seed always run in the same order.

use crate::clock::VirtualClock;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use tradewind_engine::ports::Clock;
use tradewind_engine::time::Timestamp;

/// A task, in the order in which they were started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskId(pub u64);

/// Runs tasks on virtual time. Clones share the tasks, so that a task may start others.
#[derive(Clone)]
pub struct Executor {
    clock: VirtualClock,
    shared: Arc<Mutex<Shared>>,
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Shared {
    rng: StdRng,
    started: u64,
    tasks: BTreeMap<TaskId, Task>,
    // The one that is being polled; it is not among `tasks` meanwhile.
    current: Option<TaskId>,
    ready: Arc<Mutex<BTreeSet<TaskId>>>,
}

struct TaskWaker {
    task: TaskId,
    ready: Arc<Mutex<BTreeSet<TaskId>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).insert(self.task);
    }
}

impl Executor {
    /// An executor that picks the next task by `seed`.
    pub fn new(clock: VirtualClock, seed: u64) -> Self {
        let shared = Shared {
            rng: StdRng::seed_from_u64(seed),
            started: 0,
            tasks: BTreeMap::new(),
            current: None,
            ready: Arc::default(),
        };
        Self { clock, shared: Arc::new(Mutex::new(shared)) }
    }

    /// Starts a task.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> TaskId {
        let mut shared = self.shared();
        shared.started += 1;
        let id = TaskId(shared.started);
        shared.tasks.insert(id, Box::pin(task));
        shared.ready.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        id
    }

    /// The task that is being run.
    pub fn current(&self) -> Option<TaskId> {
        self.shared().current
    }

    /// Runs until `until` is reached or nothing is left that could ever happen. Time stands still
    /// while any task can go on, and then jumps to the next timer.
    pub fn run_until(&self, until: Timestamp) {
        while self.run_one() || self.next_moment(until) {}
        self.clock.advance_to(until.max(self.clock.now()));
    }

    /// Runs until `is_done` says so or nothing is left that could ever happen.
    pub fn run_till(&self, is_done: impl Fn() -> bool) {
        while !is_done() && (self.run_one() || self.next_moment(Timestamp::MAX)) {}
    }

    /// Moves on to the next timer; false when there is none before `until`.
    fn next_moment(&self, until: Timestamp) -> bool {
        let next = self.clock.next_timer().filter(|next| *next <= until);
        next.inspect(|next| self.clock.advance_to(*next)).is_some()
    }

    /// Drops all tasks, and with them whatever they hold.
    pub fn stop(&self) {
        let tasks = std::mem::take(&mut self.shared().tasks);
        drop(tasks);
    }

    /// Polls one of the tasks that can go on; false when there is none.
    fn run_one(&self) -> bool {
        let Some((id, mut task, waker)) = self.pick() else { return false };
        let ended = task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        let mut shared = self.shared();
        shared.current = None;
        if !ended {
            shared.tasks.insert(id, task);
        }
        true
    }

    fn pick(&self) -> Option<(TaskId, Task, Waker)> {
        let mut shared = self.shared();
        let ready = shared.ready.clone();
        let mut ready_set = ready.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let count = ready_set.len();
            if count == 0 {
                return None;
            }
            let index = if count == 1 { 0 } else { shared.rng.random_range(0..count) };
            let id = *ready_set.iter().nth(index)?;
            ready_set.remove(&id);
            // A waker may outlive its task.
            if let Some(task) = shared.tasks.remove(&id) {
                shared.current = Some(id);
                let waker = Waker::from(Arc::new(TaskWaker { task: id, ready: ready.clone() }));
                return Some((id, task, waker));
            }
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the other tasks go on first.
pub async fn step_aside() {
    let mut stepped = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut stepped, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
