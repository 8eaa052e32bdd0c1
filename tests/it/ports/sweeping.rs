//! What one round of the sweeper gets done.

use super::given::{QUEUE, run, start};
use super::world::START;
use async_trait::async_trait;
use futures::FutureExt as _;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{
    Allowance, CallEnd, Caller, Clock, Interrupted, Journal, Limits, Receipt, Unavailable,
};
use tradewind_engine::protocol::{Command, Committed};
use tradewind_engine::time::after;
use tradewind_memory::{Atomicity, Memory, MemoryLimits, VirtualClock};
use tradewind_platform::deployed::{CURRENT_FOR, Deployed};
use tradewind_platform::sweep::{Sweeping, sweep};

/// More than two pages.
const RUNS: usize = 450;

/// A journal that fails for one run.
struct FailsFor {
    run: RunId,
    memory: Arc<Memory>,
}

#[async_trait]
impl Journal for FailsFor {
    async fn commit(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        let is_it =
            |command: &Command| matches!(command, Command::Write(write) if write.run == self.run);
        if commands.iter().any(is_it) {
            let reason = "unreadable".to_owned();
            return Err(Unavailable { service: "store", reason }.into());
        }
        self.memory.commit(receipt, commands).await
    }
}

/// Sweeping a day after so many runs began, whose messages were all lost.
fn sweeping(runs: usize, limits: Arc<MemoryLimits>) -> (Sweeping, Arc<Memory>, VirtualClock) {
    let clock = VirtualClock::new(START.parse().unwrap());
    let memory = Arc::new(Memory::new(Arc::new(clock.clone()), Atomicity::WholeList));
    for number in 0..runs {
        let run = run(&format!("run_{number:03}"), clock.now());
        let started = memory.commit(None, &[start(&run)]).now_or_never();
        assert!(matches!(started, Some(Ok(_))));
    }
    clock.advance_to(after(clock.now(), Duration::from_secs(86_400)));
    let sweeping = Sweeping {
        deployed: Arc::new(Deployed::new(memory.clone(), Arc::new(clock.clone()), CURRENT_FOR)),
        runs: memory.clone(),
        events: memory.clone(),
        outbox: memory.clone(),
        journal: memory.clone(),
        limits,
        clock: Arc::new(clock.clone()),
    };
    (sweeping, memory, clock)
}

#[tokio::test]
async fn what_waits_for_a_connection_that_is_down_is_not_sent_again_until_it_is_back() {
    let limits = Arc::new(MemoryLimits::default());
    let (sweeping, memory, clock) = sweeping(3, limits.clone());
    let books = "books".into();
    let call = async |step: u64, end: CallEnd| {
        let (caller, now) = (Caller { step, fence: 1 }, clock.now());
        limits.admit(&books, Allowance::default(), caller, now).await.unwrap();
        limits.report(&books, caller, end, now).await.unwrap()
    };
    for step in 0..5 {
        call(step, CallEnd::Unreachable).await;
    }
    for _ in 0..4 {
        assert_eq!(sweep(&sweeping).await.unwrap(), 3, "they are looked at again later");
        clock.advance_to(after(clock.now(), Duration::from_secs(1_000)));
        call(9, CallEnd::Unreachable).await;
    }
    let sent = || memory.messages().into_iter().filter(|(queue, _)| queue == QUEUE).count();
    assert_eq!(sent(), 0);
    call(9, CallEnd::Answered).await;
    sweep(&sweeping).await.unwrap();
    assert_eq!(sent(), 3);
}

#[tokio::test]
async fn one_round_wakes_all_runs_that_are_due_whatever_becomes_of_one() {
    let (sweeping, memory, _) = sweeping(RUNS, Arc::new(MemoryLimits::default()));
    let journal = Arc::new(FailsFor { run: "run_001".into(), memory: memory.clone() });
    let sweeping = Sweeping { journal, ..sweeping };
    assert_eq!(sweep(&sweeping).await.unwrap(), RUNS - 1);
    let woken = memory.messages().into_iter().filter(|(queue, _)| queue == QUEUE);
    assert_eq!(woken.count(), RUNS - 1);
}
