//! Time and chance.

use crate::time::{Timestamp, until};
use async_trait::async_trait;
use std::time::Duration;

/// The only source of time.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
    /// Returns after `duration` has passed.
    async fn sleep(&self, duration: Duration);
    /// How long the machine has run since some moment: what [`Clock::now`] shows may be set to
    /// another time, this goes on as ever. Where nobody sets the clock, the time does as well.
    fn uptime(&self) -> Duration {
        until(Timestamp::UNIX_EPOCH, self.now())
    }
}

/// The only source of randomness.
pub trait Ids: Send + Sync {
    /// 128 random bits in hexadecimal.
    fn random_hex(&self) -> String;
    /// A number from 0 (included) to 1 (excluded), for jitter.
    fn random_unit(&self) -> f64;
}
