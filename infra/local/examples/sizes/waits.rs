//! Many runs that wait.

use crate::messages;
use crate::platform::Platform;
use crate::stored::Stored;
use crate::usage::{self, Usage};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tradewind_engine::ports::Clock as _;
use tradewind_system::SystemClock;

const WORKFLOW: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - { id: pause, wait: { for: 30d } }
  - id: confirm
    uses: email.send
    via: mail
    with: { to: '${{ trigger.order.customer.email }}', subject: 'How is order ${{ trigger.order.number }}?', text: x }
";

/// Connections that send orders, one after the other on each.
const CONNECTIONS: usize = 16;
/// Nobody is called while runs wait.
const NO_MAILS: &str = "http://127.0.0.1:9";
/// Three rounds of the sweep.
const WATCHED: Duration = Duration::from_secs(180);
/// How often a start is timed; the fastest counts.
const STARTS: usize = 5;

/// What a process did while nothing was to be done, and how it started.
struct Calm {
    cpu: Duration,
    written: u64,
    peak_kb: u64,
    ready_after: Duration,
}

/// Measures, prints, and ends.
pub(crate) async fn measure(runs: usize) -> io::Result<()> {
    let mut out = io::stdout();
    let (empty, full) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let filled_in = fill(&full, runs).await?;
    let stored = Stored::of(full.path())?;
    writeln!(
        out,
        "{} runs wait for 30 days; it took {:.0} s to take them; {} bytes on the disk for each\n",
        stored.runs()?,
        filled_in.as_secs_f64(),
        stored.size()? / runs as u64,
    )?;
    drop(stored);
    let ready = (fastest_start(&empty).await?, fastest_start(&full).await?);
    let (without, with) = tokio::try_join!(watch(&empty, ready.0), watch(&full, ready.1))?;
    writeln!(
        out,
        "{:<16}{:>12}{:>16}{:>12}{:>12}",
        "", "CPU, 180 s", "written, 180 s", "peak RSS", "ready after"
    )?;
    for (name, calm) in [("no run", &without), ("runs that wait", &with)] {
        writeln!(
            out,
            "{name:<16}{:>12}{:>16}{:>12}{:>12}",
            format!("{} ms", calm.cpu.as_millis()),
            format!("{} KB", calm.written / 1_024),
            format!("{} MB", calm.peak_kb / 1_024),
            format!("{} ms", calm.ready_after.as_millis()),
        )?;
    }
    Ok(())
}

/// Sends so many orders, and waits until all their runs wait.
async fn fill(folder: &TempDir, runs: usize) -> io::Result<Duration> {
    let platform = Platform::start(folder.path(), WORKFLOW, NO_MAILS).await?;
    let begun_at = usage::now();
    let mut clients = JoinSet::new();
    for client in 0..CONNECTIONS {
        clients.spawn(send_some(platform.address(), client, runs));
    }
    while let Some(sent) = clients.join_next().await {
        sent??;
    }
    let stored = Stored::of(folder.path())?;
    while stored.runs()? < runs as u64 || stored.messages_due()? > 0 {
        SystemClock.sleep(Duration::from_millis(200)).await;
    }
    let took = begun_at.elapsed();
    platform.kill().await?;
    Ok(took)
}

/// Every sixteenth order, over one connection.
async fn send_some(address: SocketAddr, client: usize, runs: usize) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    for number in (client..runs).step_by(CONNECTIONS) {
        stream.write_all(&messages::order(number)).await?;
        let answer = messages::read(&mut stream).await?.unwrap_or_default();
        if !answer.contains(" 200") {
            return Err(io::Error::other(format!("not accepted: {answer}")));
        }
    }
    Ok(())
}

async fn fastest_start(folder: &TempDir) -> io::Result<Duration> {
    let mut fastest = Duration::MAX;
    for _ in 0..STARTS {
        let platform = Platform::start(folder.path(), WORKFLOW, NO_MAILS).await?;
        fastest = fastest.min(platform.ready_after);
        platform.kill().await?;
    }
    Ok(fastest)
}

async fn watch(folder: &TempDir, ready_after: Duration) -> io::Result<Calm> {
    let platform = Platform::start(folder.path(), WORKFLOW, NO_MAILS).await?;
    // The start has work of its own.
    SystemClock.sleep(Duration::from_secs(5)).await;
    let (begun, written): (Usage, u64) = (platform.usage()?, platform.written()?);
    SystemClock.sleep(WATCHED).await;
    let used = platform.usage()?;
    Ok(Calm {
        cpu: used.since(begun).cpu,
        written: platform.written()? - written,
        peak_kb: used.peak_kb,
        ready_after,
    })
}
