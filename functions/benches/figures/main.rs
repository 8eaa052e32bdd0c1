//! What the functions cost on AWS: how fast they start, how large they are, whether their memory
//! grows, and what a run asks of each service, beside the bounds that were set for all that.
//!
//! `cargo bench --locked -p tradewind-functions`
//!
//! Everything is measured on the programs as they are deployed. It ends with a failure where a bound
//! is broken.
//!
//! `cargo bench --locked -p tradewind-functions -- loop [ITEMS]`
//! `cargo bench --locked -p tradewind-functions -- stopped [ITEMS]`
//! `cargo bench --locked -p tradewind-functions -- waits [RUNS]`
//!
//! say what one loop over many items asks for, what becomes of one that is stopped in the middle, and what a run
//! asks for that waits for 30 days.

#![expect(clippy::unwrap_used, reason = "the helpers of the tests use it")]

#[expect(dead_code, unused_imports, reason = "the tests use more of it")]
#[path = "../../../tests/aws/app.rs"]
mod app;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../../../tests/aws/emulator/mod.rs"]
mod emulator;
#[expect(dead_code, unused_imports, reason = "the tests use more of it")]
#[path = "../../../tests/aws/fakes.rs"]
mod fakes;
#[path = "../../../tests/aws/folders.rs"]
mod folders;
mod function;
mod ledger;
#[path = "../../../tests/aws/patience.rs"]
mod patience;
mod price;
mod process;
mod runs;
mod site;
mod sizes;
#[expect(dead_code, unused_imports, reason = "the tests use more of it")]
#[path = "../../../tests/aws/stack/mod.rs"]
mod stack;
mod start;
mod table;
mod toll;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../../../tests/aws/tools.rs"]
mod tools;
mod weight;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use table::Table;
use tradewind_connectors::catalog::catalog;
use tradewind_stack::function::functions;

/// Why something could not be measured.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The program that starts are compared with; cargo does not build it for a benchmark by itself.
const HELLO: &str = "hello";
/// Items of the loop, where the command does not say.
const ITEMS: usize = 1_000;
/// Runs that wait, where the command does not say.
const RUNS: u32 = 200;

fn main() -> Result<ExitCode, Failure> {
    // Cargo says `--bench` too.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| one != "--bench").collect();
    let runtime = tokio::runtime::Runtime::new()?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => figures(&runtime),
        ["loop"] => runtime.block_on(sizes::measure_loop(ITEMS)),
        ["loop", items] => runtime.block_on(sizes::measure_loop(items.parse()?)),
        ["stopped"] => runtime.block_on(sizes::measure_stopped_loops(ITEMS)),
        ["stopped", items] => runtime.block_on(sizes::measure_stopped_loops(items.parse()?)),
        ["waits"] => runtime.block_on(sizes::measure_waits(RUNS)),
        ["waits", runs] => runtime.block_on(sizes::measure_waits(runs.parse()?)),
        _ => Err("say nothing, `loop [ITEMS]`, `stopped [ITEMS]` or `waits [RUNS]`".into()),
    }
}

fn figures(runtime: &tokio::runtime::Runtime) -> Result<ExitCode, Failure> {
    let mut table = Table::default();
    let (names, programs) = programs()?;
    table.starts(&names, &programs, &start::starts(&programs)?)?;
    let measured = runtime.block_on(runs::measure())?;
    table.memory(&measured.memory)?;
    for runs in &measured.runs {
        table.requests(runs)?;
    }
    table.prices(&measured.runs)?;
    Ok(table.verdict()?)
}

/// The hello-world, and the programs of all functions.
fn programs() -> Result<(Vec<String>, Vec<PathBuf>), Failure> {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--profile", "bench", "--package", env!("CARGO_PKG_NAME")]);
    if !build.args(["--example", HELLO]).status()?.success() {
        return Err("the hello-world does not build".into());
    }
    let functions = functions(&catalog()).into_iter().map(|function| function.bin);
    let (mut names, mut programs) = (vec![HELLO.to_owned()], Vec::new());
    names.extend(functions);
    for name in &names {
        let folder = if name == HELLO { "examples/" } else { "" };
        programs.push(folders::program("platform-api").with_file_name(format!("{folder}{name}")));
    }
    Ok((names, programs))
}
