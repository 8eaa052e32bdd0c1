//! What one round of the sweeper gets done.

use super::given::{QUEUE, branch, cancel, event, record, run, start};
use super::world::{START, World};
use async_trait::async_trait;
use futures::FutureExt as _;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::definitions::{DEFINITIONS_VERSION, DefinitionsChange, WorkflowVersion};
use tradewind_engine::ids::RunId;
use tradewind_engine::limits::{Allowance, CallEnd, Caller};
use tradewind_engine::ports::{
    Clock, Definitions, Events, Holds, Interrupted, Journal, Limits, Outbox, Receipt, Runs,
    Unavailable,
};
use tradewind_engine::protocol::{Command, Committed};
use tradewind_engine::time::{after, until};
use tradewind_memory::{Atomicity, Memory, MemoryLimits, VirtualClock};
use tradewind_platform::deployed::{CURRENT_FOR, Deployed};
use tradewind_platform::sweep::{Sweeping, Swept, UNREADABLE_AGAIN, redact, sweep, sweep_round};

/// More than two pages.
const RUNS: usize = 450;
const DAY: Duration = Duration::from_secs(86_400);

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
            return Err(Unavailable::new("store", reason).into());
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
        holds: memory.clone(),
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
async fn what_reads_through_a_connection_that_is_down_is_not_sent_for_either() {
    let limits = Arc::new(MemoryLimits::default());
    let (sweeping, memory, clock) = sweeping(3, limits.clone());
    let source = "
trigger: { event: order.placed, from: shop }
steps:
  - { id: log, uses: sheet.append_row, via: books, only_if_still: now.order.status == 'placed', with: {} }
";
    let (v, id, steps) = (DEFINITIONS_VERSION, "order-log".into(), Vec::new());
    let (source, applied_at) = (source.to_owned(), clock.now());
    let version = WorkflowVersion { v, id, version: 1, source, steps, applied_at };
    let change = DefinitionsChange { versions: vec![version], ..DefinitionsChange::default() };
    assert!(memory.change(&change).await.unwrap());
    let shop = "shop".into();
    for step in 0..5 {
        let (caller, now) = (Caller { step, fence: 1 }, clock.now());
        limits.admit(&shop, Allowance::default(), caller, now).await.unwrap();
        limits.report(&shop, caller, CallEnd::Unreachable, now).await.unwrap();
    }
    sweep(&sweeping).await.unwrap();
    let sent = || memory.messages().into_iter().filter(|(queue, _)| queue == QUEUE).count();
    assert_eq!(sent(), 0);
    let (caller, now) = (Caller { step: 9, fence: 1 }, clock.now());
    limits.admit(&shop, Allowance::default(), caller, now).await.unwrap();
    limits.report(&shop, caller, CallEnd::Answered, now).await.unwrap();
    clock.advance_to(after(clock.now(), Duration::from_secs(1_000)));
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

/// More than one page of the sweeper, all due before the first that can be read.
const DAMAGED: usize = 450;

/// A store with runs that cannot be read, and one behind them that can.
async fn damaged(world: &World) {
    let mut commands = Vec::new();
    for number in 0..DAMAGED {
        commands.push(start(&run(&format!("run_{number:03}"), world.now())));
    }
    world.commit(&commands).await;
    world.pass(Duration::from_secs(1));
    world.commit(&[start(&run("run_good", world.now()))]).await;
    let ids: Vec<String> = (0..DAMAGED).map(|number| format!("run_{number:03}")).collect();
    world.damage(&ids).await;
    world.pass(Duration::from_secs(86_400));
}

async fn check_sweep(world: World, sweeping: Sweeping) {
    damaged(&world).await;
    let first = sweep_round(&sweeping).await.unwrap();
    assert_eq!((first.woken, first.newer, first.damaged), (1, 0, DAMAGED));
    let longest = first.longest.expect("the run behind them waits");
    assert_eq!(longest.run.as_str(), "run_good");
    assert_eq!(until(longest.since, world.now()), Duration::from_secs(86_400));
    assert_eq!(world.receive(QUEUE).await.len(), 1, "the run behind them is woken");
    world.pass(Duration::from_secs(60));
    assert_eq!(sweep_round(&sweeping).await.unwrap(), Swept::default(), "they cost no more");
    world.pass(UNREADABLE_AGAIN);
    assert_eq!(sweep_round(&sweeping).await.unwrap().damaged, DAMAGED, "and are not forgotten");
}

fn sweeping_through<T>(stored: Arc<T>, clock: &VirtualClock) -> Sweeping
where
    T: Runs + Events + Holds + Outbox + Journal + Definitions + 'static,
{
    Sweeping {
        deployed: Arc::new(Deployed::new(stored.clone(), Arc::new(clock.clone()), CURRENT_FOR)),
        runs: stored.clone(),
        events: stored.clone(),
        holds: stored.clone(),
        outbox: stored.clone(),
        journal: stored,
        limits: Arc::new(MemoryLimits::default()),
        clock: Arc::new(clock.clone()),
    }
}

#[tokio::test]
async fn pages_of_runs_that_cannot_be_read_blind_the_sweeper_to_no_other() {
    let (world, store) = World::sqlite_with_store();
    let sweeping = sweeping_through(Arc::new(store), &world.clock.clone());
    check_sweep(world, sweeping).await;
}

/// A branch ends long before its run may.
#[tokio::test]
async fn the_branches_of_a_run_are_redacted_with_it_whenever_they_ended() {
    let (world, store) = World::sqlite_with_store();
    let sweeping = sweeping_through(Arc::new(store), &world.clock.clone());
    let run = run("run_1", world.now());
    let [ended, open] = [0, 1].map(|number| branch(&run, "each", number));
    world.commit(&[start(&run), start(&ended), start(&open)]).await;
    world.commit(&[cancel(&ended, world.now())]).await;
    let holds_data = async || {
        let mut with_data = Vec::new();
        for one in [&run, &ended, &open] {
            let read = world.runs().read(&one.id).await.unwrap().unwrap();
            with_data.push(!read.input.is_null());
        }
        with_data
    };
    world.pass(DAY * 40);
    assert_eq!(redact(&sweeping).await.unwrap(), 0);
    world.commit(&[cancel(&run, world.now())]).await;
    world.pass(DAY * 40);
    assert_eq!(redact(&sweeping).await.unwrap(), 0, "a branch has not heard of it yet");
    assert!(holds_data().await[0], "it is still due");
    world.commit(&[cancel(&open, world.now())]).await;
    assert_eq!(redact(&sweeping).await.unwrap(), 1);
    assert_eq!(holds_data().await, [false; 3]);
}

/// What one run of an event does not need any more another may.
#[tokio::test]
async fn an_event_keeps_its_data_until_its_last_run_is_redacted() {
    let (world, store) = World::sqlite_with_store();
    let sweeping = sweeping_through(Arc::new(store), &world.clock.clone());
    let shared = event("event_1", world.now());
    let runs = ["run_1", "run_2"].map(|id| {
        let run = run(id, world.now());
        tradewind_engine::runs::Run { event: shared.id.clone(), ..run }
    });
    world.commit(&[record(shared.clone()), start(&runs[0]), start(&runs[1])]).await;
    world.commit(&[cancel(&runs[0], world.now())]).await;
    world.pass(DAY * 40);
    assert_eq!(redact(&sweeping).await.unwrap(), 1);
    let kept = world.events().read(&shared.id).await.unwrap().unwrap();
    assert_eq!((kept.redacted_at, &kept.event), (None, &shared), "the other run goes on");

    world.commit(&[cancel(&runs[1], world.now())]).await;
    world.pass(DAY * 40);
    assert_eq!(redact(&sweeping).await.unwrap(), 1, "the last run, and with it the event");
    assert!(world.events().read(&shared.id).await.unwrap().unwrap().redacted_at.is_some());
}
