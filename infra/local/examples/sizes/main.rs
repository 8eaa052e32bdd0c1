//! What large numbers take: a loop over many items, and many runs that wait.
//!
//! `cargo run --locked --release -p tradewind --example sizes -- loop [ITEMS]`
//!
//! sends a mail for each item of a list, 25 at once: undisturbed, with an item in the middle that is refused
//! and replayed, with the process killed in the middle, and cancelled in the middle.
//!
//! `cargo run --locked --release -p tradewind --example sizes -- waits [RUNS]`
//!
//! lets that many runs wait for 30 days, and compares a process that has them with one that has none: what
//! both do in three minutes, and how fast they start.

#[path = "../../../../tests/it/app/large.rs"]
mod large;
mod loops;
mod mails;
#[path = "../throughput/messages.rs"]
#[expect(dead_code, reason = "the example throughput uses more of it")]
mod messages;
mod platform;
mod stored;
#[path = "../throughput/usage.rs"]
mod usage;
mod waits;

use std::io;
use std::path::Path;

/// Items of the list, where the command does not say: as many as a loop may have.
const ITEMS: usize = 10_000;
/// Runs that wait, where the command does not say.
const RUNS: usize = 100_000;

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", folder, mails] => platform::serve(Path::new(folder), mails).await,
        ["loop"] => loops::measure(ITEMS).await,
        ["loop", items] => loops::measure(items.parse().map_err(io::Error::other)?).await,
        ["waits"] => waits::measure(RUNS).await,
        ["waits", runs] => waits::measure(runs.parse().map_err(io::Error::other)?).await,
        _ => Err(io::Error::other("say `loop [ITEMS]` or `waits [RUNS]`")),
    }
}
