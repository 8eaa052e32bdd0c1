//! The stack of template.yaml, end to end, on an emulated AWS: the real functions, deployed as a user
//! deploys them. Everything that is needed is installed below `target` the first time.
//!
//! The emulator is started by the first trial that needs it, and ends with this process.

#![expect(clippy::unwrap_used, reason = "a helper that finds no answer fails its trial")]

mod adapters;
#[expect(dead_code, reason = "the local tests use more of it")]
mod app;
mod canary;
mod emulator;
#[expect(dead_code, reason = "the local tests use more of it")]
mod fakes;
mod folders;
#[path = "../it/inputs.rs"]
mod inputs;
mod linked;
mod lint;
mod messages;
mod patience;
mod ports;
mod runs;
mod scenarios;
mod site;
#[expect(dead_code, reason = "tests/aws/features.rs uses more of it")]
mod stack;
mod tables;
mod tools;
mod world;

use libtest_mimic::{Arguments, Trial};
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use world::World;

/// Most of the time they wait.
const TRIALS_AT_ONCE: usize = 8;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(TRIALS_AT_ONCE);
    let world = Arc::new(World::new().expect("a folder below target can be written"));
    let mut trials: Vec<Trial> = lint::trials(&world);
    trials.extend(adapters::trials(&world));
    trials.extend(linked::trials());
    trials.push(canary::trial(&world));
    trials.extend(scenarios::trials(&world));
    trials.extend(ports::trials(&world));
    let conclusion = libtest_mimic::run(&arguments, trials);
    let logs = world.end();
    if conclusion.has_failed() {
        for log in logs {
            let log = log.display();
            let _ =
                writeln!(std::io::stderr(), "what the emulator and the functions logged: {log}");
        }
    }
    conclusion.exit_code()
}
