//! What only the durable store owes: it survives, and says clearly when it cannot be opened.

mod arrivals;
mod backup;
mod crash;
mod log;
mod opening;
mod parts;
mod restart;
mod unreadable;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tradewind::store::{OpenError, Store};
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Journal, RunFilter, Runs};
use tradewind_engine::protocol::{Command, Committed};
use tradewind_memory::VirtualClock;

fn clock() -> VirtualClock {
    VirtualClock::new(super::world::START.parse().unwrap())
}

fn open(folder: &Path) -> Result<Store, OpenError> {
    Store::open(folder, Arc::new(clock()))
}

/// Opens it again. A test beside this one that is just starting a process holds a copy of the lock for a
/// moment.
fn reopen(folder: &Path) -> Result<Store, OpenError> {
    for _ in 0..500 {
        match open(folder) {
            Err(OpenError::InUse(_)) => std::thread::sleep(Duration::from_millis(10)),
            opened => return opened,
        }
    }
    open(folder)
}

async fn commit(store: &Store, commands: &[Command]) -> Committed {
    store.commit(None, commands).await.unwrap()
}

/// All runs, the newest first.
async fn runs(store: &Store) -> Vec<RunId> {
    let all = RunFilter { limit: usize::MAX, ..RunFilter::default() };
    Runs::list(store, &all).await.unwrap().into_iter().map(|run| run.id).collect()
}
