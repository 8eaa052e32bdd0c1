//! Who is notified when a queue or the definitions have changed.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Who listens to which queue.
#[derive(Default)]
pub(super) struct Changes {
    queues: Mutex<HashMap<String, watch::Sender<()>>>,
    // How often the definitions were changed.
    definitions: AtomicU64,
}

/// Stands among the changed queues for the definitions; no queue has such a name.
pub(super) const DEFINITIONS: &str = "#definitions";

impl Changes {
    /// Notifies those who listen. Called after the COMMIT, so that they find what they are notified of.
    pub(super) fn notify(&self, changed: &BTreeSet<String>) {
        if changed.is_empty() {
            return;
        }
        if changed.contains(DEFINITIONS) {
            self.definitions.fetch_add(1, Ordering::SeqCst);
        }
        let queues = self.queues();
        for sender in changed.iter().filter_map(|queue| queues.get(queue)) {
            sender.send_replace(());
        }
    }

    /// How often the definitions were changed.
    pub(super) fn of_definitions(&self) -> u64 {
        self.definitions.load(Ordering::SeqCst)
    }

    /// Hears of every change of the queue.
    pub(super) fn listen(&self, queue: &str) -> watch::Receiver<()> {
        self.queues().entry(queue.to_owned()).or_insert_with(|| watch::Sender::new(())).subscribe()
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<()>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
