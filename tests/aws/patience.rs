//! Waiting for something to become true, within a bound.

use std::time::Duration;

const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What `look` found, or nothing when the time is up.
pub(crate) async fn wait_for<T>(most: Duration, look: impl AsyncFn() -> Option<T>) -> Option<T> {
    let found = tokio::time::timeout(most, async {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Some(found) = look().await {
                return found;
            }
        }
    });
    found.await.ok()
}
