//! Chance from a seed.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tradewind_engine::ports::Ids;

/// Ids and jitter that are the same whenever the seed is.
pub struct SeededIds {
    rng: Mutex<StdRng>,
}

impl SeededIds {
    /// Everything that follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { rng: Mutex::new(StdRng::seed_from_u64(seed)) }
    }

    fn rng(&self) -> MutexGuard<'_, StdRng> {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ids for SeededIds {
    fn random_hex(&self) -> String {
        format!("{:032x}", self.rng().random::<u128>())
    }

    fn random_unit(&self) -> f64 {
        self.rng().random()
    }
}
