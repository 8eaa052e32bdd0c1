//! Strangers who open a thousand connections a second, while signed orders come in at a steady rate.
//!
//! `cargo run --locked --release -p tradewind --example throughput -- junk [SECONDS]`
//!
//! A third of the connections asks for paths that are none, a third sends orders under wrong signatures,
//! a third never finishes a head. What the signed orders take is compared with what they take alone, by
//! the same process, a moment before.

use crate::messages;
use crate::usage::{self, Usage};
use crate::{Sink, spawn_logged};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// How long strangers come, where the command does not say.
pub(crate) const SECONDS: u64 = 60;
/// How long the signed orders come alone before.
const ALONE: Duration = Duration::from_secs(15);
/// Signed orders in a second, each over a connection of its own.
const SIGNED_PER_S: u32 = 20;
/// Connections of strangers in a second, opened by so many at once.
const JUNK_PER_S: u32 = 1_000;
const JUNK_AT_ONCE: u32 = 10;
/// Whoever waits longer for an answer has none.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What became of the connections of strangers.
#[derive(Default)]
struct Seen {
    opened: AtomicU64,
    answered: AtomicU64,
    closed: AtomicU64,
    failed: AtomicU64,
}

/// Measures, prints, and ends.
pub(crate) async fn measure(seconds: u64) -> io::Result<()> {
    let sink = Sink::start().await?;
    let log = tempfile::NamedTempFile::new()?;
    let (process, address, token) = spawn_logged(&sink.url, log.reopen()?).await?;
    let lasts = Duration::from_secs(seconds);
    let orders = messages::orders(count(ALONE) + count(lasts));
    let (alone_orders, orders) = orders.split_at(count(ALONE));
    let alone = send_steadily(address, alone_orders.to_vec()).await?;
    let before = (Usage::of(&process)?, log.as_file().metadata()?.len());
    let seen = Arc::<Seen>::default();
    let strangers = tokio::spawn(send_junk(address, lasts, seen.clone()));
    let among = send_steadily(address, orders.to_vec()).await?;
    strangers.await.map_err(io::Error::other)??;
    let after = (Usage::of(&process)?, log.as_file().metadata()?.len());
    let kept = refusals(address, &token).await?;
    write_result(&alone, &among, seconds, &seen)?;
    writeln!(
        io::stdout(),
        "peak RSS {} MB, before the strangers {} MB; {} bytes of log; {kept} refusals kept",
        after.0.peak_kb / 1_024,
        before.0.peak_kb / 1_024,
        after.1 - before.1,
    )
}

fn count(lasts: Duration) -> usize {
    lasts.as_secs() as usize * SIGNED_PER_S as usize
}

fn write_result(
    alone: &[Duration],
    among: &[Duration],
    seconds: u64,
    seen: &Seen,
) -> io::Result<()> {
    let ms = |duration: Duration| duration.as_secs_f64() * 1_000.0;
    let mut out = io::stdout();
    writeln!(out, "{:<26}{:>10}{:>10}", "signed orders", "200 p50", "200 p99")?;
    let mut line = |name: &str, latencies: &[Duration]| {
        let (median, slow) = (ms(share(latencies, 0.5)), ms(share(latencies, 0.99)));
        writeln!(out, "{name:<26}{:>10}{:>10}", format!("{median:.1} ms"), format!("{slow:.1} ms"))
    };
    line("alone", alone)?;
    line(&format!("among junk for {seconds} s"), among)?;
    let ratio = |of| ms(share(among, of)) / ms(share(alone, of));
    writeln!(out, "{:<26}{:>10.2}{:>10.2}", "ratio", ratio(0.5), ratio(0.99))?;
    let number = |number: &AtomicU64| number.load(Ordering::Relaxed);
    writeln!(
        out,
        "{} connections of strangers: {} answered, {} closed without an answer, {} not opened",
        number(&seen.opened),
        number(&seen.answered),
        number(&seen.closed),
        number(&seen.failed),
    )
}

/// The latency below which that share of all lies.
fn share(latencies: &[Duration], share: f64) -> Duration {
    let index = (latencies.len() as f64 * share) as usize;
    latencies.get(index).copied().unwrap_or_default()
}

/// Sends each order when its time has come, whatever became of those before; how long each took.
async fn send_steadily(address: SocketAddr, orders: Vec<Vec<u8>>) -> io::Result<Vec<Duration>> {
    let mut ticks = interval(Duration::from_secs(1) / SIGNED_PER_S);
    let mut sending = JoinSet::new();
    for order in orders {
        ticks.tick().await;
        sending.spawn(send_one(address, order));
    }
    let mut latencies = Vec::new();
    while let Some(sent) = sending.join_next().await {
        latencies.push(sent.map_err(io::Error::other)??);
    }
    latencies.sort_unstable();
    Ok(latencies)
}

async fn send_one(address: SocketAddr, order: Vec<u8>) -> io::Result<Duration> {
    let sent_at = usage::now();
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    stream.write_all(&order).await?;
    let answer = messages::read(&mut stream).await?.unwrap_or_default();
    if answer.contains(" 200") {
        Ok(sent_at.elapsed())
    } else {
        Err(io::Error::other(format!("a signed order was not accepted: {answer}")))
    }
}

async fn send_junk(address: SocketAddr, lasts: Duration, seen: Arc<Seen>) -> io::Result<()> {
    let wrong = Arc::new(messages::wrongly_signed());
    let mut ticks = interval(Duration::from_secs(1) * JUNK_AT_ONCE / JUNK_PER_S);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let until = Instant::now() + lasts;
    let mut open = JoinSet::new();
    let mut number = 0_u64;
    while Instant::now() < until {
        ticks.tick().await;
        for _ in 0..JUNK_AT_ONCE {
            number += 1;
            open.spawn(send_some(address, number, wrong.clone(), seen.clone()));
        }
        while open.try_join_next().is_some() {}
    }
    open.shutdown().await;
    Ok(())
}

async fn send_some(address: SocketAddr, number: u64, wrong: Arc<Vec<u8>>, seen: Arc<Seen>) {
    let Ok(mut stream) = TcpStream::connect(address).await else {
        seen.failed.fetch_add(1, Ordering::Relaxed);
        return;
    };
    seen.opened.fetch_add(1, Ordering::Relaxed);
    let request = match number % 3 {
        0 => {
            format!("POST /hooks/made{number}/up HTTP/1.1\r\nhost: a\r\ncontent-length: 99\r\n\r\n")
                .into_bytes()
        }
        1 => wrong.to_vec(),
        _ => format!("POST /hooks/commercelayer/shop HTTP/1.1\r\nx-slow: {number}").into_bytes(),
    };
    // The other side may have answered and closed before it read all.
    let _ = stream.write_all(&request).await;
    let mut first = [0; 1];
    let count = match timeout(ANSWER_WITHIN, stream.read(&mut first)).await {
        Ok(Ok(1)) => &seen.answered,
        _ => &seen.closed,
    };
    count.fetch_add(1, Ordering::Relaxed);
}

async fn refusals(address: SocketAddr, token: &str) -> io::Result<usize> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET /api/refusals?limit=200 HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.matches("\"code\":").count())
}
