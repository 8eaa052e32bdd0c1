//! What is due is published at its time.

use super::supervise::supervise;
use std::time::Duration;
use tradewind_engine::time::until;
use tradewind_platform::schedules::{Fired, Scheduling, fire};

/// How often it is looked at what is due: another schedule may have been applied, or the clock set.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// The least time between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// Goes on for as long as the process does.
pub(crate) async fn keep_firing(scheduling: Scheduling) -> String {
    let firing = || fire_always(&scheduling);
    supervise("the scheduler", &*scheduling.clock, firing).await
}

async fn fire_always(scheduling: &Scheduling) {
    let clock = &scheduling.clock;
    loop {
        let fired = fire(scheduling).await.unwrap_or_else(|unavailable| {
            tracing::error!(error = %unavailable.logged(), "what is due could not be looked at");
            Fired::default()
        });
        let wait = fired.next_at.map_or(LOOK_EVERY, |next| until(clock.now(), next));
        clock.sleep(wait.clamp(PAUSE, LOOK_EVERY)).await;
    }
}
