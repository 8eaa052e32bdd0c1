//! Who is notified when a queue or the definitions have changed.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Who listens to which queue.
#[derive(Default)]
pub(super) struct Changes {
    queues: Mutex<HashMap<String, watch::Sender<()>>>,
    // The queues that were changed while nobody listened to them.
    unheard: watch::Sender<BTreeSet<String>>,
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
        let mut unheard = Vec::new();
        for queue in changed.iter().filter(|queue| *queue != DEFINITIONS) {
            match queues.get(queue) {
                Some(sender) => {
                    sender.send_replace(());
                }
                None => unheard.push(queue.clone()),
            }
        }
        self.unheard.send_if_modified(|known| {
            let before = known.len();
            known.extend(unheard);
            known.len() > before
        });
    }

    /// Hears of the queues that were changed while nobody listened to them.
    pub(super) fn unheard(&self) -> watch::Receiver<BTreeSet<String>> {
        self.unheard.subscribe()
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
