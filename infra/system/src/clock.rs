//! The real clock and real chance.

use async_trait::async_trait;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tradewind_engine::ports::{Clock, Ids};
use tradewind_engine::time::Timestamp;

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    fn uptime(&self) -> Duration {
        static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
        FIRST.elapsed()
    }
}

/// The system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    fn random_hex(&self) -> String {
        format!("{:032x}", rand::random::<u128>())
    }

    fn random_unit(&self) -> f64 {
        rand::random()
    }
}
