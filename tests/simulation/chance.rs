//! Chance within a world. Everything that is drawn follows from the seed.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A stream of chance; clones draw from the same one.
#[derive(Clone)]
pub(crate) struct Chance(Arc<Mutex<StdRng>>);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// True in `share` of all cases.
    pub(crate) fn hits(&self, share: f64) -> bool {
        share > 0.0 && self.unit() < share
    }

    pub(crate) fn unit(&self) -> f64 {
        self.0.lock().unwrap().random()
    }

    pub(crate) fn below(&self, end: usize) -> usize {
        self.0.lock().unwrap().random_range(0..end)
    }

    pub(crate) fn between(&self, from: usize, to: usize) -> usize {
        from + self.below(to - from + 1)
    }

    pub(crate) fn seconds(&self, from: u64, to: u64) -> Duration {
        let span_ms = usize::try_from((to - from) * 1_000 + 1).unwrap();
        Duration::from_millis(from * 1_000 + self.below(span_ms) as u64)
    }

    pub(crate) fn pick<T: Copy>(&self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}
