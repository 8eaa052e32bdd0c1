//! Messages about the branches of one record are handled one after another within a process.
//!
//! Each reads that record whole, which holds the list that its loop goes over: of a long loop many come at once, and
//! together they would take many times the memory. And each changes it: side by side all but one would begin anew.

use futures::lock::{Mutex, MutexGuard};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use tradewind_engine::ids::RunId;

/// Records that share a place wait for each other; a long loop in each of them is far more than there is.
const PLACES: usize = 16;

/// Who is at work on which record.
#[derive(Default)]
pub struct OneByOne {
    places: [Mutex<()>; PLACES],
}

impl OneByOne {
    /// Waits until nobody else is at work on the record. It is held as long as what this gives.
    pub(super) async fn at(&self, record: &RunId) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        record.hash(&mut hasher);
        let place = hasher.finish() % PLACES as u64;
        self.places[usize::try_from(place).unwrap_or_default()].lock().await
    }
}
