//! How workers learn at once that a queue has something for them, without polling.

use super::handle::Store;
use super::messages::Capacities;
use std::collections::BTreeSet;
use tokio::sync::watch;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::until;

/// Waits for the messages of one queue.
pub struct Arrivals {
    store: Store,
    queue: String,
    changed: watch::Receiver<()>,
}

impl Store {
    /// Listens to a queue.
    pub fn arrivals(&self, queue: &str) -> Arrivals {
        let changed = self.changes.listen(queue);
        Arrivals { store: self.clone(), queue: queue.to_owned(), changed }
    }

    /// The queues that something was sent to while nobody listened, which grow in number.
    pub fn unheard_queues(&self) -> watch::Receiver<BTreeSet<String>> {
        self.changes.unheard()
    }
}

impl Arrivals {
    /// Returns when the queue may have a visible message: at once where it has, else when one is
    /// sent, or when the time of a delayed or abandoned one has come.
    pub async fn next(&mut self) -> Result<(), Unavailable> {
        self.next_within(&Capacities::new()).await
    }

    /// The same for messages that their connections take.
    pub async fn next_within(&mut self, capacities: &Capacities) -> Result<(), Unavailable> {
        loop {
            // Marked as seen before looking: what comes after the look wakes us.
            self.changed.mark_unchanged();
            let next_at = self.store.next_visible_within(&self.queue, capacities.clone()).await?;
            let wait = next_at.map(|next_at| until(self.store.clock.now(), next_at));
            let Some(wait) = wait else {
                // The sender lives in the store that we hold.
                let _ = self.changed.changed().await;
                return Ok(());
            };
            if wait.is_zero() {
                return Ok(());
            }
            tokio::select! {
                _ = self.changed.changed() => {}
                () = self.store.clock.sleep(wait) => return Ok(()),
            }
        }
    }
}
