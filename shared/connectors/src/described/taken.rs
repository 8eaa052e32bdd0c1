//! Which of a description's ways and rules were taken, for whoever tries them all.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use tradewind_engine::problems::Place;

/// The ways and rules that were taken, each by where it begins in its file.
#[derive(Debug, Default)]
pub struct Taken(Mutex<BTreeSet<Place>>);

impl Taken {
    /// What was taken since this was asked last.
    pub fn drain(&self) -> BTreeSet<Place> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn mark(&self, place: Place) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(place);
    }
}
