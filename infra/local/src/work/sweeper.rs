//! The rounds of the local sweeper: runs that are due, jobs, refused tokens, and data whose days are over.

use super::health::Health;
use super::supervise::supervise;
use crate::store::Store;
use std::sync::Arc;
use std::time::Duration;
use tradewind_api::Api;
use tradewind_engine::time::until;
use tradewind_platform::jobs::{Advancing, SLICE, advance};
use tradewind_platform::sweep::{Sweeping, purge, redact, sweep};

/// How often the sweeper makes its round.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How often data whose days are over is removed.
const TIDY_EVERY: Duration = Duration::from_secs(3_600);

/// What the sweeper works with.
pub(crate) struct Sweeper {
    pub(crate) sweeping: Sweeping,
    pub(crate) advancing: Advancing,
    pub(crate) health: Arc<Health>,
    pub(crate) store: Store,
    pub(crate) api: Arc<Api>,
}

/// Goes on for as long as the process does.
pub(crate) async fn keep_sweeping(sweeper: Sweeper) -> String {
    let sweep = || sweep_always(&sweeper);
    supervise("the sweeper", &*sweeper.sweeping.clock, sweep).await
}

async fn sweep_always(sweeper: &Sweeper) {
    let clock = sweeper.sweeping.clock.clone();
    let mut tidied_at = None;
    // What was removed before the process ended may stand in the log as well.
    let mut log_holds_removed = true;
    loop {
        match sweep(&sweeper.sweeping).await {
            Ok(due) => {
                if due > 0 {
                    tracing::info!(runs.due = due, "the sweeper woke runs");
                }
                sweeper.health.record_sweep();
            }
            Err(unavailable) => {
                tracing::error!(error = %unavailable.logged(), "the sweeper could not work")
            }
        }
        if let Err(unavailable) = advance(&sweeper.advancing, SLICE).await {
            tracing::error!(error = %unavailable.logged(), "jobs could not be worked on");
        }
        sweeper.api.tell_strangers().await;
        let now = clock.now();
        if tidied_at.is_none_or(|at| until(at, now) >= TIDY_EVERY) {
            log_holds_removed |= tidy(&sweeper.sweeping).await;
            tidied_at = Some(now);
        }
        if log_holds_removed {
            log_holds_removed = !empty_log(&sweeper.store).await;
        }
        clock.sleep(SWEEP_EVERY).await;
    }
}

/// Whether the log is empty: what was removed stands nowhere any more.
async fn empty_log(store: &Store) -> bool {
    match store.truncate_log().await {
        Ok(is_empty) => is_empty,
        Err(unavailable) => {
            tracing::error!(error = %unavailable.logged(), "the log of the database could not be emptied");
            false
        }
    }
}

/// Whether anything was removed.
async fn tidy(sweeping: &Sweeping) -> bool {
    let mut has_removed = false;
    loop {
        let removed = match (redact(sweeping).await, purge(sweeping).await) {
            (Ok(redacted), Ok(purged)) => redacted + purged,
            (Err(unavailable), _) | (_, Err(unavailable)) => {
                tracing::error!(error = %unavailable.logged(), "old data could not be removed");
                return true;
            }
        };
        if removed == 0 {
            return has_removed;
        }
        has_removed = true;
        tracing::info!(removed, "old data was removed");
    }
}
