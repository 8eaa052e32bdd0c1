//! The newest refused deliveries in memory.

use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tradewind_engine::ports::{Refusals, RefusedDelivery, Unavailable};

/// How many refused deliveries are remembered.
const REMEMBERED: usize = 100;

/// The newest first.
#[derive(Default)]
pub struct MemoryRefusals {
    newest: Mutex<VecDeque<RefusedDelivery>>,
}

impl MemoryRefusals {
    fn newest(&self) -> MutexGuard<'_, VecDeque<RefusedDelivery>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Refusals for MemoryRefusals {
    async fn note(&self, refused: RefusedDelivery) -> Result<(), Unavailable> {
        let mut newest = self.newest();
        newest.push_front(refused);
        newest.truncate(REMEMBERED);
        Ok(())
    }

    async fn list(&self, limit: usize) -> Result<Vec<RefusedDelivery>, Unavailable> {
        Ok(self.newest().iter().take(limit).cloned().collect())
    }
}
