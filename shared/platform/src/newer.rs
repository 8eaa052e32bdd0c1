//! What waits for a newer tradewind: while two versions work on the same data, or after a way back,
//! the older one leaves alone what only the newer one knows.
//!
//! Invariant: it is said once for each kind and version in the life of a process, not for each message
//! or row: during a roll-out there may be thousands, and nothing is wrong.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use tradewind_engine::ports::Unavailable;

static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Logs what waits, unless this process has said the same before.
pub fn log_once(unavailable: &Unavailable) {
    let is_first = {
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        said.insert(unavailable.reason.clone())
    };
    if is_first {
        tracing::warn!(reason = unavailable.reason, "something waits for a newer tradewind");
    }
}
