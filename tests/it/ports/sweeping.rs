//! What one round of the sweeper gets done.

use super::given::{QUEUE, run, start};
use super::world::START;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Clock, Journal, Receipt, Unavailable};
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
    ) -> Result<Committed, Unavailable> {
        let is_it =
            |command: &Command| matches!(command, Command::Write(write) if write.run == self.run);
        if commands.iter().any(is_it) {
            return Err(Unavailable { service: "store", reason: "unreadable".to_owned() });
        }
        self.memory.commit(receipt, commands).await
    }
}

#[tokio::test]
async fn one_round_wakes_all_runs_that_are_due_whatever_becomes_of_one() {
    let clock = VirtualClock::new(START.parse().unwrap());
    let memory = Arc::new(Memory::new(Arc::new(clock.clone()), Atomicity::WholeList));
    for number in 0..RUNS {
        let run = run(&format!("run_{number:03}"), clock.now());
        memory.commit(None, &[start(&run)]).await.unwrap();
    }
    clock.advance_to(after(clock.now(), Duration::from_secs(86_400)));
    let sweeping = Sweeping {
        deployed: Arc::new(Deployed::new(memory.clone(), Arc::new(clock.clone()), CURRENT_FOR)),
        runs: memory.clone(),
        events: memory.clone(),
        outbox: memory.clone(),
        journal: Arc::new(FailsFor { run: "run_001".into(), memory: memory.clone() }),
        limits: Arc::new(MemoryLimits::default()),
        clock: Arc::new(clock.clone()),
    };
    assert_eq!(sweep(&sweeping).await.unwrap(), RUNS - 1);
    let woken = memory.messages().into_iter().filter(|(queue, _)| queue == QUEUE);
    assert_eq!(woken.count(), RUNS - 1);
}
