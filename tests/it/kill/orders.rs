//! Clients that send orders as Commerce Layer does: the same delivery again until it was accepted,
//! and sometimes once more after that.

use super::shop::placed;
use crate::app::Platform;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// One in so many deliveries is sent again although it was accepted.
const REPEATED_SHARE: u32 = 4;

/// An order that got its 200.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    /// The order's number.
    pub(super) number: u32,
    /// Its event.
    pub(super) event: String,
}

/// Clients at work.
pub(super) struct Orders {
    serving: watch::Sender<Option<Arc<Platform>>>,
    asked_for: Arc<Semaphore>,
    clients: JoinSet<Vec<Accepted>>,
}

impl Orders {
    /// Starts so many clients.
    pub(super) fn start(clients: u64) -> Self {
        let serving = watch::Sender::new(None);
        let (asked_for, sent) = (Arc::new(Semaphore::new(0)), Arc::<AtomicU32>::default());
        let clients = (0..clients).map(|seed| {
            let client = Client {
                serving: serving.subscribe(),
                asked_for: Arc::clone(&asked_for),
                sent: Arc::clone(&sent),
                chance: StdRng::seed_from_u64(seed),
            };
            client.send_all()
        });
        let clients = clients.collect();
        Self { serving, asked_for, clients }
    }

    /// From now on orders go there.
    pub(super) fn go_to(&self, platform: &Arc<Platform>) {
        self.serving.send_replace(Some(Arc::clone(platform)));
    }

    /// So many more orders are placed.
    pub(super) fn place(&self, orders: usize) {
        self.asked_for.add_permits(orders);
    }

    /// Places no more, and waits until all were accepted.
    pub(super) async fn finish(self) -> Vec<Accepted> {
        self.asked_for.close();
        self.clients.join_all().await.concat()
    }
}

struct Client {
    serving: watch::Receiver<Option<Arc<Platform>>>,
    asked_for: Arc<Semaphore>,
    sent: Arc<AtomicU32>,
    chance: StdRng,
}

impl Client {
    async fn send_all(mut self) -> Vec<Accepted> {
        let mut accepted = Vec::new();
        while let Ok(permit) = Arc::clone(&self.asked_for).acquire_owned().await {
            permit.forget();
            let number = 1_000 + self.sent.fetch_add(1, Ordering::Relaxed);
            let event = self.send(number).await;
            if self.chance.random_ratio(1, REPEATED_SHARE) {
                assert_eq!(self.send(number).await, event, "a repeated delivery is the same event");
            }
            accepted.push(Accepted { number, event });
        }
        accepted
    }

    /// Until there is a 200.
    async fn send(&mut self, number: u32) -> String {
        let hook = placed(number);
        loop {
            let platform = self.serving.borrow_and_update().clone();
            if let Some(platform) = platform {
                match hook.try_send(&platform).await {
                    Ok(answered) if !answered.status.is_server_error() => return answered.event(),
                    // Not accepted, or the answer is lost: whoever serves next gets it again.
                    Ok(_) | Err(_) => {}
                }
            }
            self.serving.changed().await.unwrap();
        }
    }
}
