//! How much the platform takes and gets done: signed orders come in over HTTP, each runs a workflow
//! with a condition and one mail, which goes out over HTTP.
//!
//! `cargo run --locked --release -p tradewind --example throughput [-- ORDERS]`
//!
//! `cargo run --locked --release -p tradewind --example throughput -- large`
//!
//! sends ten orders of a thousand lines at once instead, and prints the most memory that this took.
//!
//! `cargo run --locked --release -p tradewind --example throughput -- junk [SECONDS]`
//!
//! has strangers open a thousand connections a second meanwhile, and says what the orders take then.
//!
//! Beside it stands what a disk alone allows: one SQLite commit for each webhook and nothing else,
//! measured in the same minute. Serving is done by processes of their own, so that their CPU and
//! memory are counted without those of the load.

mod floor;
mod junk;
#[path = "../../../../tests/it/app/large.rs"]
mod large;
mod load;
mod messages;
mod serve;
mod sink;
mod usage;

use load::Load;
use sink::Sink;
use std::fs::File;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use usage::Usage;

/// Orders of one measurement, where the command does not say.
const ORDERS: usize = 5_000;
/// Connections that send at the same time.
const CONNECTIONS: [usize; 2] = [16, 64];
/// Orders of a thousand lines that are sent at the same time.
const LARGE_ORDERS: u32 = 10;

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", sink] => serve::serve(sink).await,
        ["serve-logged", sink] => serve::serve_logged(sink).await,
        ["junk"] => junk::measure(junk::SECONDS).await,
        ["junk", seconds] => junk::measure(seconds.parse().map_err(io::Error::other)?).await,
        ["floor"] => floor::serve().await,
        ["large"] => measure_large().await,
        _ => {
            measure(arguments.first().and_then(|orders| orders.parse().ok()).unwrap_or(ORDERS))
                .await
        }
    }
}

/// One line of the table.
struct Measured {
    accepted_per_s: f64,
    completed_per_s: f64,
    median: Duration,
    slowest_hundredth: Duration,
    usage: Usage,
}

async fn measure(orders: usize) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{orders} orders; CPU is that of the serving process for one order\n")?;
    writeln!(
        out,
        "{:<22}{:>10}{:>11}{:>10}{:>10}{:>9}{:>10}",
        "", "accepted/s", "completed/s", "200 p50", "200 p99", "CPU", "peak RSS"
    )?;
    for connections in CONNECTIONS {
        let floor = measure_floor(orders, connections).await?;
        write_line(&mut out, &format!("floor, {connections} at once"), &floor, orders)?;
        let ours = measure_ours(orders, connections).await?;
        write_line(&mut out, &format!("tradewind, {connections} at once"), &ours, orders)?;
        writeln!(
            out,
            "{:<22}{:>10.2}{:>11.2}{:>10.2}{:>10.2}{:>9.2}{:>10.2}\n",
            "ratio to the floor",
            ours.accepted_per_s / floor.accepted_per_s,
            ours.completed_per_s / floor.completed_per_s,
            ours.median.as_secs_f64() / floor.median.as_secs_f64(),
            ours.slowest_hundredth.as_secs_f64() / floor.slowest_hundredth.as_secs_f64(),
            ours.usage.cpu.as_secs_f64() / floor.usage.cpu.as_secs_f64(),
            ours.usage.peak_kb as f64 / floor.usage.peak_kb as f64,
        )?;
    }
    Ok(())
}

fn write_line(
    out: &mut impl io::Write,
    name: &str,
    one: &Measured,
    orders: usize,
) -> io::Result<()> {
    let ms = |duration: Duration| format!("{:.1} ms", duration.as_secs_f64() * 1_000.0);
    let cpu = one.usage.cpu.as_secs_f64() * 1_000.0 / orders as f64;
    writeln!(
        out,
        "{name:<22}{:>10.0}{:>11.0}{:>10}{:>10}{:>9}{:>10}",
        one.accepted_per_s,
        one.completed_per_s,
        ms(one.median),
        ms(one.slowest_hundredth),
        format!("{cpu:.2} ms"),
        format!("{} MB", one.usage.peak_kb / 1_024),
    )
}

async fn measure_floor(orders: usize, connections: usize) -> io::Result<Measured> {
    let (process, address) = spawn(&["floor"]).await?;
    let begun = Usage::of(&process)?;
    let load = Load::send(address, messages::orders(orders), connections).await?;
    Ok(measured(&load, load.elapsed, Usage::of(&process)?.since(begun)))
}

async fn measure_ours(orders: usize, connections: usize) -> io::Result<Measured> {
    let mut sink = Sink::start().await?;
    let (process, address) = spawn(&["serve", &sink.url]).await?;
    let begun = Usage::of(&process)?;
    let begun_at = usage::now();
    let load = Load::send(address, messages::orders(orders), connections).await?;
    sink.has_taken(orders).await?;
    Ok(measured(&load, begun_at.elapsed(), Usage::of(&process)?.since(begun)))
}

async fn measure_large() -> io::Result<()> {
    let orders = messages::large_orders(LARGE_ORDERS);
    let bytes: usize = orders.iter().map(Vec::len).sum();
    let mut sink = Sink::start().await?;
    let (process, address) = spawn(&["serve", &sink.url]).await?;
    let before = Usage::of(&process)?;
    let begun_at = usage::now();
    let load = Load::send(address, orders, LARGE_ORDERS as usize).await?;
    sink.has_taken(LARGE_ORDERS as usize).await?;
    let usage = Usage::of(&process)?;
    writeln!(
        io::stdout(),
        "{LARGE_ORDERS} orders of 1,000 lines, {} MB in all, at once: all taken after {:.1} s, run \
         after {:.1} s; peak RSS {} MB, before them {} MB",
        bytes / 1_000_000,
        load.elapsed.as_secs_f64(),
        begun_at.elapsed().as_secs_f64(),
        usage.peak_kb / 1_024,
        before.peak_kb / 1_024,
    )
}

fn measured(load: &Load, completed_in: Duration, usage: Usage) -> Measured {
    let orders = load.latencies.len() as f64;
    Measured {
        accepted_per_s: orders / load.elapsed.as_secs_f64(),
        completed_per_s: orders / completed_in.as_secs_f64(),
        median: load.slower_than(0.5),
        slowest_hundredth: load.slower_than(0.99),
        usage,
    }
}

/// This program in another part; it says where it listens and ends with the returned value.
async fn spawn(arguments: &[&str]) -> io::Result<(Child, SocketAddr)> {
    let (process, line) = spawn_with(arguments, Stdio::inherit()).await?;
    Ok((process, line.parse().map_err(io::Error::other)?))
}

/// The platform, its log in that file; where it listens, and its token.
async fn spawn_logged(sink: &str, log: File) -> io::Result<(Child, SocketAddr, String)> {
    let (process, line) = spawn_with(&["serve-logged", sink], log.into()).await?;
    let (address, token) = line.split_once(' ').unwrap_or_default();
    Ok((process, address.parse().map_err(io::Error::other)?, token.to_owned()))
}

async fn spawn_with(arguments: &[&str], log: Stdio) -> io::Result<(Child, String)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
    let mut process = command.spawn()?;
    let stdout = process.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
    let line = BufReader::new(stdout).lines().next_line().await?.unwrap_or_default();
    Ok((process, line))
}
