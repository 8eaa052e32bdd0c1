//! One process: its own clock, and ports that fail, stall and die as the weather has it.
//!
//! Invariant: code under test reaches the world only through here.

use super::world::World;
use std::collections::BTreeMap;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::ports::{Clock, Unavailable};
use tradewind_engine::time::{Timestamp, after, before};
use tradewind_memory::step_aside;

/// Moments between two writes of which the order matters, that few calls come to: there processes die and stand still
/// more often, in worlds in which they do at all.
const MOMENTS: [&str; 4] = ["holds.save", "holds.remove", "schedules.fired", "schedules.note"];
const SHARE_OF_MOMENTS: f64 = 0.1;

/// How long a process that stands still does so, in seconds: shorter and longer than a lease.
const PAUSES_S: [u64; 5] = [30, 100, 130, 370, 600];

pub(crate) struct Site {
    pub(crate) world: Arc<World>,
    pub(crate) name: String,
    pub(crate) clock: SiteClock,
    pause_factor: f64,
    dying: AtomicBool,
    stalled: AtomicBool,
    // The fence of its newest claim of each step.
    fences: Mutex<BTreeMap<(RunId, StepPath), u32>>,
}

/// The process died: everything it was doing is gone.
pub(crate) struct Died;

enum Step<T> {
    Ended(T),
    Stalled,
    Died,
}

impl Site {
    pub(crate) fn new(world: &Arc<World>, name: &str) -> Arc<Self> {
        Self::pausing(world, name, 1.0)
    }

    /// One that stands still more often, as people do between two things.
    pub(crate) fn slow(world: &Arc<World>, name: &str) -> Arc<Self> {
        Self::pausing(world, name, 10.0)
    }

    fn pausing(world: &Arc<World>, name: &str, pause_factor: f64) -> Arc<Self> {
        Arc::new(Self {
            world: world.clone(),
            name: name.to_owned(),
            clock: SiteClock::new(world),
            pause_factor,
            dying: AtomicBool::new(false),
            stalled: AtomicBool::new(false),
            fences: Mutex::default(),
        })
    }

    /// Runs `work` until it ends or the process dies in it. While the process stands still, nothing
    /// in it goes on: not even its timers.
    pub(crate) async fn alive<T>(&self, work: impl Future<Output = T>) -> Result<T, Died> {
        let mut work = pin!(work);
        loop {
            let step = poll_fn(|cx| match work.as_mut().poll(cx) {
                Poll::Ready(result) => Poll::Ready(Step::Ended(result)),
                Poll::Pending if self.dying.swap(false, Ordering::Relaxed) => {
                    Poll::Ready(Step::Died)
                }
                Poll::Pending if self.stalled.swap(false, Ordering::Relaxed) => {
                    Poll::Ready(Step::Stalled)
                }
                Poll::Pending => Poll::Pending,
            });
            match step.await {
                Step::Ended(result) => return Ok(result),
                Step::Stalled => {
                    let pause_s = self.world.chance.pick(&PAUSES_S);
                    self.world.clock.sleep(Duration::from_secs(pause_s)).await;
                }
                Step::Died => {
                    self.fences.lock().unwrap().clear();
                    self.world.facts.lock().unwrap().crashes += 1;
                    return Err(Died);
                }
            }
        }
    }

    /// A place where the process may die or stand still.
    pub(crate) async fn may_break(&self, what: &str, about: &[&str]) {
        let world = &self.world;
        let rates = world.weather.rates(world.now());
        let at_a_moment = |rate: f64| {
            rate > 0.0 && MOMENTS.contains(&what) && world.breaking.hits(SHARE_OF_MOMENTS)
        };
        if world.chance.hits(rates.crash) || at_a_moment(rates.crash) {
            world.note(&self.name, what, about, "dies here");
            self.dying.store(true, Ordering::Relaxed);
            pending::<()>().await;
        }
        if world.chance.hits(rates.pause * self.pause_factor) || at_a_moment(rates.pause) {
            world.note(&self.name, what, about, "stands still");
            self.stalled.store(true, Ordering::Relaxed);
            step_aside().await;
        }
    }

    /// A port call with everything that may go wrong before, in and after it.
    pub(crate) async fn call<T>(
        &self,
        service: &'static str,
        what: &str,
        about: &[&str],
        work: impl Future<Output = Result<T, Unavailable>>,
    ) -> Result<T, Unavailable> {
        let world = &self.world;
        self.may_break(what, about).await;
        step_aside().await;
        if world.weather.strikes(service, world.now()) {
            world.note(&self.name, what, about, "unavailable, not done");
            return Err(unavailable(service));
        }
        let result = work.await;
        if world.weather.strikes(service, world.now()) {
            world.note(&self.name, what, about, "done, answer lost");
            return Err(unavailable(service));
        }
        world.note(&self.name, what, about, if result.is_ok() { "ok" } else { "error" });
        self.may_break(what, about).await;
        result
    }

    pub(crate) fn holds(&self, run: &RunId, path: &StepPath, fence: u32) {
        self.fences.lock().unwrap().insert((run.clone(), path.clone()), fence);
    }

    pub(crate) fn fence(&self, run: &RunId, path: &StepPath) -> u32 {
        let fences = self.fences.lock().unwrap();
        fences.get(&(run.clone(), path.clone())).copied().unwrap_or_default()
    }
}

fn unavailable(service: &'static str) -> Unavailable {
    Unavailable::new(service, "the weather is bad")
}

/// A clock that is off, and that somebody sets anew at some time: then it jumps, also back.
pub(crate) struct SiteClock {
    world: Arc<World>,
    before_ms: i64,
    set_at: Timestamp,
    after_ms: i64,
}

impl SiteClock {
    fn new(world: &Arc<World>) -> Self {
        let skew_ms = usize::try_from(world.weather.skew.as_millis()).unwrap();
        let offset_ms = || {
            let offset_ms = i64::try_from(world.chance.below(2 * skew_ms + 1)).unwrap();
            offset_ms - i64::try_from(skew_ms).unwrap()
        };
        let set_at = after(world.start, world.chance.seconds(0, 6 * 3_600));
        let (before_ms, after_ms) = (offset_ms(), offset_ms());
        Self { world: world.clone(), before_ms, set_at, after_ms }
    }

    pub(crate) fn read(&self) -> Timestamp {
        let now = self.world.now();
        let offset_ms = if now < self.set_at { self.before_ms } else { self.after_ms };
        let by = Duration::from_millis(offset_ms.unsigned_abs());
        if offset_ms < 0 { before(now, by) } else { after(now, by) }
    }
}
