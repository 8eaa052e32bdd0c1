//! Running worlds by their seeds, two at a time, and saying how to repeat one that failed.

use super::checks::{Kept, check_all};
use super::life::{Ended, live};
use super::logs::Logs;
use super::world::World;
use futures::FutureExt;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tradewind_engine::ports::{DeadLetters, Definitions, Events};

/// How many lines of a failing world are shown.
const LINES_SHOWN: usize = 40;
const LINES_MAX: usize = 100_000;
/// After so many failed worlds the rest is not lived.
const FAILED_MAX: usize = 10;
/// Worlds that live at the same time, each in a thread of its own.
const THREADS: u64 = 2;

/// What came of a world.
pub(crate) struct Outcome {
    pub(crate) hash: u64,
    pub(crate) events: u64,
    pub(crate) broken: Vec<String>,
    pub(crate) lines: Vec<String>,
}

/// Lives one world.
pub(crate) fn run(seed: u64, lines_max: usize) -> Outcome {
    let world = World::new(seed, lines_max);
    let broken: Mutex<BTreeSet<String>> = Mutex::default();
    let holds = |world: &World, ended: &Ended| {
        let found = check_all(world, ended, &kept(world));
        let holds = found.is_empty();
        broken.lock().unwrap().extend(found);
        holds
    };
    let logs = tracing::Dispatch::new(Logs(world.clone()));
    let lived = catch_unwind(AssertUnwindSafe(|| {
        tracing::dispatcher::with_default(&logs, || live(&world, &holds));
    }));
    if let Err(panic) = lived {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        broken.lock().unwrap().insert(text.unwrap_or_else(|| "panicked".to_owned()));
    }
    world.executor.stop();
    Outcome {
        hash: world.trace.hash(),
        events: world.trace.events(),
        broken: broken.into_inner().unwrap().into_iter().collect(),
        lines: world.trace.lines(),
    }
}

/// Lives the worlds `from..to`; panics when one of them breaks a promise.
pub(crate) fn run_all(from: u64, to: u64) {
    let next = AtomicU64::new(from);
    let failed: Mutex<BTreeMap<u64, String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while failed.lock().unwrap().len() < FAILED_MAX {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= to {
                        break;
                    }
                    if let Some(first) = run(seed, 0).broken.into_iter().next() {
                        failed.lock().unwrap().insert(seed, first);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    let Some(seed) = failed.keys().next() else { return };
    let firsts = failed
        .iter()
        .map(|(seed, first)| format!("{seed}: {}", first.lines().next().unwrap_or_default()));
    let firsts: Vec<String> = firsts.collect();
    report(*seed, &format!("of the seeds {from} to {to} failed:\n{}\n\n", firsts.join("\n")));
}

/// Lives a world and prints all of it; panics when it breaks a promise.
pub(crate) fn show(seed: u64) {
    let outcome = run(seed, LINES_MAX);
    for line in &outcome.lines {
        println!("{line}");
    }
    println!("seed {seed}: {} events, trace hash {:016x}", outcome.events, outcome.hash);
    assert!(outcome.broken.is_empty(), "{}", outcome.broken.join("\n"));
    println!("every promise was kept");
}

/// Lives a world again, with its story, and panics with what it broke.
pub(crate) fn report(seed: u64, before: &str) {
    let outcome = run(seed, LINES_MAX);
    assert!(
        outcome.broken.is_empty(),
        "{before}seed {seed} broke a promise. To repeat it:\n\
         cargo test --locked -p tradewind-memory --test simulation -- --seed {seed}\n\n{}\n\n{}\n",
        outcome.broken.join("\n"),
        story(&outcome).join("\n"),
    );
}

/// The last lines about the run that the first broken promise names, else the last lines of all.
fn story(outcome: &Outcome) -> Vec<&str> {
    let first = outcome.broken.first().map_or("", String::as_str);
    let run = first.split_once("run_").map(|(_, rest)| rest.get(..24).unwrap_or_default());
    let about = |line: &&String| run.is_none_or(|run| line.contains(run));
    let lines = outcome.lines.iter().filter(about).map(String::as_str);
    let mut last: Vec<&str> = lines.rev().take(LINES_SHOWN).collect();
    last.reverse();
    last
}

fn kept(world: &World) -> Kept {
    let memory = &*world.memory;
    let runs = memory.all_runs();
    let events = Events::list(memory, None, usize::MAX).now_or_never().unwrap().unwrap().records;
    let letters = DeadLetters::list(memory, usize::MAX).now_or_never().unwrap().unwrap();
    let versions = runs.iter().map(|run| (run.workflow.clone(), run.version));
    let sources = versions.filter_map(|(workflow, version)| {
        let found = memory.version(&workflow, version).now_or_never().unwrap().unwrap();
        found.map(|found| ((workflow, version), found.source))
    });
    let (messages, slots) = (memory.messages(), memory.all_slots());
    Kept { sources: sources.collect(), messages, slots, runs, events, letters }
}
