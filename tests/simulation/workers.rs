//! The processes of a world: they receive, work, acknowledge, die and come back.

use super::ports::Wire;
use super::providers::{ACTIONS, actions, catalog};
use super::site::Site;
use super::world::World;
use futures::FutureExt;
use futures::future::{join_all, select};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tradewind_connectors::action::Action;
use tradewind_engine::events::Event;
use tradewind_engine::ports::{Clock, Jobs, Unavailable};
use tradewind_engine::queues::{DISPATCH_QUEUE, FLOW_QUEUE};
use tradewind_engine::time::{Timestamp, after, until};
use tradewind_memory::{MemoryFiles, Message};
use tradewind_platform::Handled;
use tradewind_platform::deployed::{CURRENT_FOR, Deployed};
use tradewind_platform::dispatch::{Dispatching, dispatch};
use tradewind_platform::execute::{Deadline, Executing, ReadingAfresh, execute};
use tradewind_platform::flow::{Flowing, OneByOne, work_flow_step};
use tradewind_platform::jobs::{Advancing, SLICE, advance};
use tradewind_platform::schedules::{Scheduling, fire};
use tradewind_platform::sweep::{Sweeping, redact, sweep};

/// How long an idle process waits before it looks at an empty queue again.
const IDLE: Duration = Duration::from_secs(6 * 3_600);
const MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn start(world: &Arc<World>) {
    for number in 0..world.weather.workers {
        let site = Site::new(world, &format!("dispatch{number}"));
        world.executor.spawn(serve(site, DISPATCH_QUEUE.to_owned(), Arc::default()));
        let site = Site::new(world, &format!("flow{number}"));
        world.executor.spawn(serve(site, FLOW_QUEUE.to_owned(), Arc::default()));
        for (action, _) in ACTIONS {
            let site = Site::new(world, &format!("{}{number}", &action["thing.".len()..]));
            let actions = Arc::new(actions(&site));
            world.executor.spawn(serve(site, action.to_owned(), actions));
        }
    }
    for number in 0..world.weather.sweepers {
        let site = Site::new(world, &format!("sweep{number}"));
        world.executor.spawn(keep_sweeping(site));
    }
}

pub(crate) fn deployed(site: &Arc<Site>) -> Arc<Deployed> {
    Arc::new(Deployed::new(site.clone(), site.clone(), CURRENT_FOR))
}

/// A process for one queue. When it has died another one starts, with nothing in its memory.
async fn serve(site: Arc<Site>, queue: String, actions: Arc<Vec<Action>>) {
    let world = site.world.clone();
    loop {
        if site.alive(work(&site, &queue, &actions)).await.is_err() {
            world.clock.sleep(world.chance.seconds(1, 60)).await;
        }
    }
}

async fn work(site: &Arc<Site>, queue: &str, actions: &Arc<Vec<Action>>) {
    let world = &site.world;
    let (dispatching, executing) = (Arc::new(dispatching(site)), executing(site, actions));
    let (runs, dead_letters) = (world.memory.clone(), site.clone());
    let (marks, events, slots) = (runs.clone(), site.clone(), site.clone());
    let flowing = Flowing {
        claiming: executing.claiming(),
        runs,
        dead_letters,
        marks,
        events,
        slots,
        loops: OneByOne::default(),
        room: world.room,
        dispatching: dispatching.clone(),
    };
    loop {
        if world.weather.is_out("workers", world.now()) {
            world.clock.sleep(MINUTE).await;
            continue;
        }
        let most = world.chance.between(1, 4);
        let visibility = world.weather.times.visibility;
        let messages = world.memory.receive(queue, most, visibility, world.now());
        if messages.is_empty() {
            something_new(world, queue).await;
            continue;
        }
        if world.weather.strikes("queue", world.now()) {
            // The answer with the messages was lost: they show again.
            continue;
        }
        let handled = messages.iter().map(|message| async {
            let handled = if queue == DISPATCH_QUEUE {
                guarded(dispatch(&dispatching, &message.receipt, &message.body)).await
            } else if queue == FLOW_QUEUE {
                guarded(work_flow_step(&flowing, &message.receipt, &message.body)).await
            } else {
                guarded(execute(&executing, &message.receipt, &message.body)).await
            };
            if queue == DISPATCH_QUEUE && handled == Ok(Handled::Settled) {
                note_dispatched(world, &message.body);
            }
            settle(site, message, handled);
        });
        join_all(handled).await;
    }
}

fn note_dispatched(world: &World, body: &str) {
    if let Ok(event) = serde_json::from_str::<Event>(body) {
        let mut facts = world.facts.lock().unwrap();
        facts.dispatched.entry(event.id).or_insert_with(|| world.now());
    }
}

/// A panic in one record leaves that record alone.
async fn guarded(
    handling: impl Future<Output = Result<Handled, Unavailable>>,
) -> Result<Handled, Unavailable> {
    let caught = AssertUnwindSafe(handling).catch_unwind().await;
    caught.unwrap_or_else(|_| Ok(Handled::Left("panic".to_owned())))
}

fn settle(site: &Site, message: &Message, handled: Result<Handled, Unavailable>) {
    let world = &site.world;
    let about = [message.receipt.0.as_str()];
    match handled {
        Ok(Handled::Settled) => world.note(&site.name, "message", &about, "settled"),
        Ok(Handled::Left(reason)) => world.note(&site.name, "message", &about, &reason),
        Ok(Handled::GiveUp(reason)) => {
            world.note(&site.name, "message", &about, &reason);
            world.memory.give_up(message, &reason);
        }
        Err(unavailable) => world.note(&site.name, "message", &about, unavailable.service),
    }
}

async fn something_new(world: &World, queue: &str) {
    let idle_until = after(world.now(), IDLE);
    let wake_at = world.memory.next_visible(queue).map_or(idle_until, |at| at.min(idle_until));
    let timer = world.clock.sleep(until(world.now(), wake_at));
    let (changed, timer) = (pin!(world.memory.changed(queue)), pin!(timer));
    select(changed, timer).await;
}

async fn keep_sweeping(site: Arc<Site>) {
    let world = site.world.clone();
    let mut redact_at = after(world.now(), Duration::from_secs(86_400));
    let mut fire_at = Some(world.now());
    loop {
        let (now, daily) = (world.now(), redact_at <= world.now());
        let is_out = world.weather.is_out("sweeper", now);
        if fire_at.is_some_and(|at| at <= now) && !is_out {
            fire_at = fire_due(&site).await;
        }
        let due =
            world.next_check().is_some_and(|at| at <= after(now, MINUTE)) || has_jobs(&world).await;
        if (due || daily) && !is_out {
            let died = site.alive(one_sweep(&site, daily)).await.is_err();
            if daily && !died {
                redact_at = after(world.now(), Duration::from_secs(86_400));
            }
        }
        // Every minute; the minutes in which nothing can be due are passed over.
        let rest = Duration::from_secs(14 * 60);
        let next = world.next_check().into_iter().chain(fire_at).min();
        let next = next.map_or(rest, |at| until(world.now(), at));
        let next = if has_jobs(&world).await { MINUTE } else { next };
        world.clock.sleep(next.clamp(MINUTE, rest)).await;
    }
}

/// Publishes what is due by the clock; when that is to be done again, where the world goes by the clock at all.
async fn fire_due(site: &Arc<Site>) -> Option<Timestamp> {
    let world = &site.world;
    let scheduling = Scheduling {
        deployed: deployed(site),
        schedules: site.clone(),
        events: site.clone(),
        bus: site.clone(),
        clock: site.clone(),
    };
    let fired = site.alive(fire(&scheduling)).await;
    // What failed for one workflow is not said, and another may be applied.
    let rest = if world.is_well() { IDLE } else { MINUTE * 14 };
    let (result, pause) = match fired {
        Ok(Ok(fired)) => ("ok", fired.next_at.map_or(rest, |at| until(world.now(), at).min(rest))),
        Ok(Err(_)) | Err(_) => ("not done", MINUTE),
    };
    world.note(&site.name, "fire", &[], result);
    let goes_on = world.facts.lock().unwrap().goes_by_the_clock;
    goes_on.then(|| after(world.now(), pause.max(MINUTE)))
}

async fn one_sweep(site: &Arc<Site>, daily: bool) {
    let sweeping = Sweeping {
        deployed: deployed(site),
        runs: site.clone(),
        events: site.clone(),
        holds: site.clone(),
        outbox: site.world.memory.clone(),
        journal: site.clone(),
        limits: site.clone(),
        clock: site.clone(),
    };
    // What cannot be done now is done a minute later.
    let swept = sweep(&sweeping).await;
    site.world.note(&site.name, "sweep", &[], if swept.is_ok() { "ok" } else { "unavailable" });
    if advance(&advancing(site), SLICE).await.is_err() {
        site.world.note(&site.name, "advance", &[], "unavailable");
    }
    if daily && redact(&sweeping).await.is_err() {
        site.world.note(&site.name, "redact", &[], "unavailable");
    }
}

async fn has_jobs(world: &World) -> bool {
    !world.memory.open(1).await.unwrap().is_empty()
}

fn advancing(site: &Arc<Site>) -> Advancing {
    Advancing {
        deployed: deployed(site),
        jobs: site.clone(),
        runs: site.clone(),
        dead_letters: site.clone(),
        journal: site.clone(),
        catalog: Arc::new(catalog(site)),
        clock: site.clone(),
    }
}

fn dispatching(site: &Arc<Site>) -> Dispatching {
    let (marks, runs) = (site.world.memory.clone(), site.world.memory.clone());
    Dispatching {
        deployed: deployed(site),
        journal: site.clone(),
        marks,
        runs,
        holds: site.clone(),
        events: site.clone(),
        clock: site.clone(),
    }
}

fn reading_afresh(site: &Arc<Site>, actions: &Arc<Vec<Action>>) -> ReadingAfresh {
    let memory = &site.world.memory;
    ReadingAfresh {
        deployed: deployed(site),
        actions: actions.clone(),
        secrets: site.clone(),
        tokens: memory.clone(),
        limits: site.clone(),
        http: Arc::new(Wire),
        outbox: memory.clone(),
        files: Arc::new(MemoryFiles::default()),
        clock: site.clone(),
        ids: Arc::new(tradewind_memory::SeededIds::new(1)),
    }
}

fn executing(site: &Arc<Site>, actions: &Arc<Vec<Action>>) -> Executing {
    let memory = &site.world.memory;
    Executing {
        deployed: deployed(site),
        actions: actions.clone(),
        journal: site.clone(),
        secrets: site.clone(),
        tokens: memory.clone(),
        link_keys: Arc::new(tradewind_memory::FixedLinkKey),
        fresh_reads: Arc::new(reading_afresh(site, actions)),
        limits: site.clone(),
        http: Arc::new(Wire),
        outbox: memory.clone(),
        files: Arc::new(MemoryFiles::default()),
        clock: site.clone(),
        ids: Arc::new(tradewind_memory::SeededIds::new(site.world.chance.below(usize::MAX) as u64)),
        times: site.world.weather.times,
        deadline: Deadline::default(),
    }
}
