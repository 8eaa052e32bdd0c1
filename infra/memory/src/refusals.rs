//! The newest refused deliveries in memory.
//!
//! Invariant: what strangers make up shares one place, so that it takes as much room as one endpoint and
//! pushes nothing out of another one's.

use async_trait::async_trait;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tradewind_engine::ports::{Refusals, Unavailable};
use tradewind_engine::refusals::{REFUSALS_OF_ENDPOINT, RefusedDelivery, fair_choice};

/// Provider and connection, which is empty where there is no such one; none for all other paths.
type Place = Option<(String, String)>;

/// Of each place the newest first.
#[derive(Default)]
pub struct MemoryRefusals {
    places: Mutex<HashMap<Place, VecDeque<RefusedDelivery>>>,
}

impl MemoryRefusals {
    fn places(&self) -> MutexGuard<'_, HashMap<Place, VecDeque<RefusedDelivery>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Refusals for MemoryRefusals {
    async fn record_refusal(&self, mut refused: RefusedDelivery) -> Result<(), Unavailable> {
        let place = refused.place().map(|(one, other)| (one.to_owned(), other.to_owned()));
        let mut places = self.places();
        let newest = places.entry(place).or_default();
        let same = newest.iter().position(|one| one.is_like(&refused));
        if let Some(before) = same.and_then(|at| newest.remove(at)) {
            refused.count += before.count;
            refused.since = before.since;
        }
        newest.push_front(refused);
        newest.truncate(REFUSALS_OF_ENDPOINT);
        Ok(())
    }

    async fn list(&self, limit: usize) -> Result<Vec<RefusedDelivery>, Unavailable> {
        let all = self.places().values().flatten().cloned().collect();
        Ok(fair_choice(all, limit))
    }
}
