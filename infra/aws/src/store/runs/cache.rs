//! The runs that this process has seen last: what follows a claim needs no reading.
//!
//! Invariant: nothing is believed because it stands here. A write names the `rev` it was made from,
//! and a refusal is only said of a run that was read.

use super::stored::Stored;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tradewind_engine::ids::RunId;

/// How many runs are remembered.
const RUNS_MAX: usize = 64;

/// The runs seen last, the newest at the end.
#[derive(Clone, Default)]
pub(in crate::store) struct Cache(Arc<Mutex<VecDeque<Arc<Stored>>>>);

impl Cache {
    pub(super) fn run(&self, id: &RunId) -> Option<Arc<Stored>> {
        self.lock().iter().find(|stored| stored.run.id == *id).cloned()
    }

    pub(super) fn remember_run(&self, stored: &Arc<Stored>) {
        let mut seen = self.lock();
        // Large runs are remembered one at a time: a function has little memory.
        seen.retain(|other| other.run.id != stored.run.id && !other.has_parts);
        seen.push_back(stored.clone());
        if seen.len() > RUNS_MAX {
            seen.pop_front();
        }
    }

    pub(super) fn forget_run(&self, run: &RunId) {
        self.lock().retain(|stored| stored.run.id != *run);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Stored>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
