//! Workers for queues that were not known when the process started: those of actions of the project's own, which come
//! with what is applied.
//!
//! Invariant: a message for any action is worked on, for one too that is in no file any more: only its step can tell a
//! person so. What a newer version sends to a queue of the platform's that is not known here is left alone.

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
            if is_of_action(&queue) && served.insert(queue.clone()) {
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

/// Queues of actions are called after them, `acme.create_ticket`; those of the platform have no dot.
fn is_of_action(queue: &str) -> bool {
    queue.contains('.')
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Received, Store};
    use crate::work::in_flight::InFlight;
    use crate::work::workers::LARGE_KIB_MAX;
    use async_trait::async_trait;
    use tokio::sync::{Semaphore, watch};
    use tradewind_engine::ports::{Journal as _, Unavailable};
    use tradewind_engine::protocol::{Command, Times, WakeUp};
    use tradewind_engine::queues::Queue;
    use tradewind_memory::VirtualClock;
    use tradewind_platform::Handled;

    /// Says from which queue each message came.
    struct Told(watch::Sender<Vec<String>>);

    #[async_trait]
    impl Handler for Told {
        async fn handle(&self, message: &Received) -> Result<Handled, Unavailable> {
            self.0.send_modify(|told| told.push(message.queue.clone()));
            Ok(Handled::GiveUp("it was seen".to_owned()))
        }
    }

    async fn send(store: &Store, queue: &str) {
        let wake = WakeUp::new(&"run_1".into(), &"ticket".into());
        let to = Queue::Action(queue.into());
        let send = Command::Send { to, wake, not_before: None, via: None };
        store.commit(None, &[send]).await.unwrap();
    }

    #[tokio::test]
    async fn a_queue_has_a_worker_once_it_has_a_message_whenever_that_came() {
        let folder = tempfile::tempdir().unwrap();
        let clock = VirtualClock::new("2026-11-23T12:00:00Z".parse().unwrap());
        let store = Store::open(folder.path(), Arc::new(clock.clone())).unwrap();
        for queue in ["acme.left_before", "email.send", "newer"] {
            send(&store, queue).await;
        }
        let (stop, stopping) = watch::channel(false);
        let loops = Loops {
            store: store.clone(),
            clock: Arc::new(clock),
            times: Times::STANDARD,
            progress: Arc::default(),
            in_flight: Arc::new(InFlight::new(Arc::default())),
            large_kib: Arc::new(Semaphore::new(LARGE_KIB_MAX as usize)),
            stop: stopping,
        };
        let (told, mut heard) = watch::channel(Vec::new());
        let served = ["email.send".to_owned()].into();
        let serving = tokio::spawn(serve(loops, served, Arc::new(Told(told))));
        heard.wait_for(|told| *told == ["acme.left_before"]).await.unwrap();
        send(&store, "acme.create_ticket").await;
        heard.wait_for(|told| told.len() == 2).await.unwrap();
        // Now its own worker hears of it.
        send(&store, "acme.create_ticket").await;
        heard.wait_for(|told| told.len() == 3).await.unwrap();
        stop.send_replace(true);
        serving.await.unwrap();
        assert_eq!(heard.borrow()[1..], ["acme.create_ticket", "acme.create_ticket"]);
        let left: Vec<_> = store.queues().await.unwrap();
        assert_eq!(
            left,
            ["email.send", "newer"],
            "one has a worker already, one is of a newer version"
        );
    }
}
