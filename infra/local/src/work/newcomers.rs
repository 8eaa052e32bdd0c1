//! Workers for queues that were not known when the process started: those of actions of the project's own, which come
//! with what is applied.
//!
//! Invariant: a message of any queue is worked on, that of an action too which is in no file any more: only its step
//! can tell a person so.

use super::supervise::supervise;
use super::workers::{Handler, Loops, STORE_PAUSE, keep_serving};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::task::JoinSet;
use tradewind_engine::queues::{DISPATCH_QUEUE, FLOW_QUEUE};
use tradewind_platform::execute::Executing;

/// Starts a loop for each queue of an action that is not in the catalog, once it has messages.
pub(super) async fn keep_serving_newcomers(loops: Loops, executing: Arc<Executing>) -> String {
    let actions = executing.actions.iter().map(|action| action.id.0.clone());
    let platform = [DISPATCH_QUEUE, FLOW_QUEUE].map(str::to_owned);
    let served: BTreeSet<String> = actions.chain(platform).collect();
    let serve = || serve(loops.clone(), served.clone(), executing.clone());
    supervise("the workers of the project's own actions", &*loops.clock, serve).await
}

async fn serve(mut loops: Loops, mut served: BTreeSet<String>, handler: Arc<dyn Handler>) {
    let mut running = JoinSet::new();
    let mut unheard = loops.store.unheard_queues();
    let mut found = left_before(&loops).await;
    while !*loops.stop.borrow() {
        found.extend(unheard.borrow_and_update().iter().cloned());
        for queue in std::mem::take(&mut found) {
            if served.insert(queue.clone()) {
                running.spawn(keep_serving(loops.clone(), queue, handler.clone()));
            }
        }
        tokio::select! {
            biased;
            _ = loops.stop.changed() => break,
            // The sender lives in the store that we hold.
            _ = unheard.changed() => {}
        }
    }
    while running.join_next().await.is_some() {}
}

/// The queues in which an earlier process left something.
async fn left_before(loops: &Loops) -> BTreeSet<String> {
    while !*loops.stop.borrow() {
        match loops.store.queues().await {
            Ok(queues) => return queues.into_iter().collect(),
            Err(unavailable) => {
                tracing::error!(error = %unavailable.logged(), "the queues cannot be listed");
                loops.clock.sleep(STORE_PAUSE).await;
            }
        }
    }
    BTreeSet::new()
}
