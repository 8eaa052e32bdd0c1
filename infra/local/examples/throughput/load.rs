//! Clients that send orders over connections of their own, one after the other on each.

use crate::{messages, usage};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How orders were answered.
pub(crate) struct Load {
    /// From the first order to the last answer.
    pub(crate) elapsed: Duration,
    /// How long each answer took, the shortest first.
    pub(crate) latencies: Vec<Duration>,
}

impl Load {
    /// Sends all; an error unless every one is accepted.
    pub(crate) async fn send(
        address: SocketAddr,
        orders: Vec<Vec<u8>>,
        connections: usize,
    ) -> io::Result<Self> {
        let (orders, next) = (Arc::new(orders), Arc::<AtomicUsize>::default());
        let mut clients = JoinSet::new();
        let begun_at = usage::now();
        for _ in 0..connections {
            clients.spawn(send_some(address, Arc::clone(&orders), Arc::clone(&next)));
        }
        let mut latencies = Vec::with_capacity(orders.len());
        while let Some(sent) = clients.join_next().await {
            latencies.extend(sent??);
        }
        let elapsed = begun_at.elapsed();
        latencies.sort_unstable();
        Ok(Self { elapsed, latencies })
    }

    /// The latency below which that share of all lies.
    pub(crate) fn slower_than(&self, share: f64) -> Duration {
        let index = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(index).copied().unwrap_or_default()
    }
}

async fn send_some(
    address: SocketAddr,
    orders: Arc<Vec<Vec<u8>>>,
    next: Arc<AtomicUsize>,
) -> io::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut latencies = Vec::new();
    while let Some(order) = orders.get(next.fetch_add(1, Ordering::Relaxed)) {
        let sent_at = usage::now();
        stream.write_all(order).await?;
        let answer = messages::read(&mut stream).await?.unwrap_or_default();
        if !answer.contains(" 200") {
            return Err(io::Error::other(format!("not accepted: {answer}")));
        }
        latencies.push(sent_at.elapsed());
    }
    Ok(latencies)
}
