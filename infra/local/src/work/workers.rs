//! Workers: each queue has a loop that takes its messages and hands them to a use case.
//!
//! Invariant: a message that a worker cannot finish is left to show again, or becomes a dead letter;
//! a panic in one harms no other.

use super::in_flight::{InFlight, InFlightMessage};
use super::moment::Moment;
use super::newcomers::keep_serving_newcomers;
use super::progress::Progress;
use super::supervise::supervise;
use crate::store::{Arrivals, Capacities, Opened, Received, Store};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use tradewind_engine::ports::{Clock, Interrupted, Journal, Unavailable};
use tradewind_engine::protocol::{Command, Times};
use tradewind_engine::queues::{DISPATCH_QUEUE, FLOW_QUEUE};
use tradewind_engine::slots::LineRoom;
use tradewind_platform::Handled;
use tradewind_platform::dispatch::{Dispatching, dispatch, dispatch_event};
use tradewind_platform::execute::{Executing, execute};
use tradewind_platform::flow::{Flowing, OneByOne, work_flow_step};
use tradewind_platform::newer;

/// Messages of one queue that are worked on at the same time.
const WORKERS: usize = 64;
/// What large runs and events may have beside their rows that are worked on at the same time.
pub(crate) const LARGE_KIB_MAX: u32 = 6 * 1024;
/// How many messages are taken in one go.
const TAKEN_MAX: usize = 32;
/// How long a message that could not be finished stays hidden.
const LEFT_FOR: Duration = Duration::from_secs(15);
/// How long to wait when the store does not answer.
pub(super) const STORE_PAUSE: Duration = Duration::from_millis(500);

/// What is done with the messages of a queue.
#[async_trait]
pub(crate) trait Handler: Send + Sync {
    async fn handle(&self, message: &Received) -> Result<Handled, Unavailable>;
}

/// Events on their way to the workflows, some of which stand beside their messages.
struct Dispatcher {
    dispatching: Arc<Dispatching>,
    store: Store,
}

#[async_trait]
impl Handler for Dispatcher {
    async fn handle(&self, message: &Received) -> Result<Handled, Unavailable> {
        let (ports, receipt) = (&*self.dispatching, &message.receipt);
        if !Store::is_split(&message.body) {
            return dispatch(ports, receipt, &message.body).await;
        }
        match self.store.open_message(&message.body).await? {
            Opened::Message => dispatch(ports, receipt, &message.body).await,
            Opened::Event(event) => dispatch_event(ports, receipt, *event).await,
            Opened::Gone => Ok(Handled::GiveUp("its data was removed".to_owned())),
        }
    }
}

#[async_trait]
impl Handler for Executing {
    async fn handle(&self, message: &Received) -> Result<Handled, Unavailable> {
        execute(self, &message.receipt, &message.body).await
    }
}

#[async_trait]
impl Handler for Flowing {
    async fn handle(&self, message: &Received) -> Result<Handled, Unavailable> {
        work_flow_step(self, &message.receipt, &message.body).await
    }
}

/// What the loops share.
#[derive(Clone)]
pub(crate) struct Loops {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) times: Times,
    pub(crate) progress: Arc<Progress>,
    /// What is in flight by connection.
    pub(crate) in_flight: Arc<InFlight>,
    /// What large runs and events that are worked on may have beside their rows together, in
    /// kilobytes: in memory they take many times that.
    pub(crate) large_kib: Arc<Semaphore>,
    /// True once the process is to stop.
    pub(crate) stop: watch::Receiver<bool>,
}

/// Starts a loop for the dispatch queue, for the flow queue and for each action, one of the project's own once it has
/// messages; they end when `stop` says so and their messages are finished.
pub(crate) fn start(
    loops: &Loops,
    dispatching: Arc<Dispatching>,
    executing: Arc<Executing>,
) -> JoinSet<String> {
    let mut running = JoinSet::new();
    for action in executing.actions.iter() {
        let handler: Arc<dyn Handler> = executing.clone();
        running.spawn(keep_serving(loops.clone(), action.id.0.clone(), handler));
    }
    let store = Arc::new(loops.store.clone());
    let flowing = Flowing {
        claiming: executing.claiming(),
        runs: store.clone(),
        dead_letters: store.clone(),
        marks: store.clone(),
        events: store.clone(),
        slots: store,
        loops: OneByOne::default(),
        room: LineRoom::STANDARD,
        dispatching: dispatching.clone(),
    };
    let flowing = Arc::new(flowing);
    running.spawn(keep_serving(loops.clone(), FLOW_QUEUE.to_owned(), flowing));
    let dispatcher = Arc::new(Dispatcher { dispatching, store: loops.store.clone() });
    running.spawn(keep_serving(loops.clone(), DISPATCH_QUEUE.to_owned(), dispatcher));
    running.spawn(keep_serving_newcomers(loops.clone(), executing));
    running
}

pub(super) async fn keep_serving(loops: Loops, queue: String, handler: Arc<dyn Handler>) -> String {
    let serve = || loops.clone().serve(queue.clone(), handler.clone());
    supervise(&format!("the worker of {queue}"), &*loops.clock, serve).await
}

impl Loops {
    async fn serve(mut self, queue: String, handler: Arc<dyn Handler>) {
        let free = Arc::new(Semaphore::new(WORKERS));
        let mut at_work = JoinSet::new();
        let mut arrivals = self.store.arrivals(&queue);
        let mut moved = self.in_flight.subscribe();
        while !*self.stop.borrow() {
            while let Some(ended) = at_work.try_join_next() {
                log_panic(&queue, ended);
            }
            // Marked as seen before looking: what changes after the look wakes us.
            moved.mark_unchanged();
            let capacities = self.in_flight.capacities(self.clock.now());
            let arrived = tokio::select! {
                biased;
                _ = self.stop.changed() => break,
                arrived = permit_and_arrival(&free, &mut arrivals, &capacities) => arrived,
                _ = moved.changed(), if !capacities.is_empty() => continue,
            };
            let taken = match arrived {
                Ok(()) => self.receive(&queue, &free).await,
                Err(unavailable) => Err(unavailable),
            };
            match taken {
                Ok(messages) => {
                    for message in messages {
                        let Ok(permit) = free.clone().acquire_owned().await else { return };
                        let (loops, handler) = (self.clone(), handler.clone());
                        let in_flight = InFlightMessage::new(self.in_flight.clone(), message);
                        at_work.spawn(async move {
                            loops.work_on(&in_flight.message, &*handler).await;
                            drop((in_flight, permit));
                        });
                    }
                }
                Err(unavailable) => {
                    tracing::error!(queue.name = queue, error = %unavailable.logged(), "a queue cannot be read");
                    self.clock.sleep(STORE_PAUSE).await;
                }
            }
        }
        while let Some(ended) = at_work.join_next().await {
            log_panic(&queue, ended);
        }
    }

    /// Takes only as many as can be worked on at once, so that none waits hidden.
    async fn receive(&self, queue: &str, free: &Semaphore) -> Result<Vec<Received>, Unavailable> {
        let at_most = free.available_permits().clamp(1, TAKEN_MAX);
        let now = self.clock.now();
        let capacities = self.in_flight.capacities(now);
        let taken = self
            .store
            .receive_within(queue, at_most, self.times.visibility, now, capacities)
            .await?;
        self.in_flight.add_messages(&taken);
        Ok(taken)
    }

    async fn work_on(&self, message: &Received, handler: &dyn Handler) {
        // It waits before anything is claimed for it.
        let _large_kib = match u32::try_from(message.bytes_beside / 1024) {
            Ok(0) => None,
            needed => self
                .large_kib
                .acquire_many(needed.unwrap_or(LARGE_KIB_MAX).min(LARGE_KIB_MAX))
                .await
                .ok(),
        };
        let settled = match handler.handle(message).await {
            Ok(Handled::Settled) => Ok(()),
            Ok(Handled::GiveUp(reason)) => {
                tracing::error!(queue.name = message.queue, reason, "a message is given up");
                self.store.give_up(&message.receipt, &reason).await.map(|_| ())
            }
            Ok(Handled::Left(reason)) => self.postpone(message, &reason).await,
            Err(unavailable) if unavailable.is_newer() => {
                newer::log_once(&unavailable);
                self.show_again(message).await
            }
            Err(unavailable) => self.postpone(message, &unavailable.logged().to_string()).await,
        };
        self.progress.record_finished(&message.queue, Moment::now(&*self.clock));
        if let Err(unavailable) = settled {
            tracing::warn!(queue.name = message.queue, error = %unavailable.logged(), "a message shows again later");
        }
    }

    async fn postpone(&self, message: &Received, reason: &str) -> Result<(), Unavailable> {
        tracing::warn!(queue.name = message.queue, reason, "a message shows again later");
        self.show_again(message).await
    }

    async fn show_again(&self, message: &Received) -> Result<(), Unavailable> {
        let again = [Command::ShowAgain(LEFT_FOR)];
        let shown = self.store.commit(Some(&message.receipt), &again).await;
        shown.map(|_| ()).map_err(Interrupted::cause)
    }
}

/// Waits until another message can be worked on and there is one.
async fn permit_and_arrival(
    free: &Semaphore,
    arrivals: &mut Arrivals,
    capacities: &Capacities,
) -> Result<(), Unavailable> {
    if let Ok(one) = free.acquire().await {
        drop(one);
    }
    arrivals.next_within(capacities).await
}

/// What a panic says may hold what others wrote; it is not repeated.
fn log_panic(queue: &str, ended: Result<(), JoinError>) {
    if ended.is_err_and(|error| error.is_panic()) {
        tracing::error!(queue.name = queue, "the work on a message panicked; it shows again later");
    }
}

#[cfg(test)]
mod tests;
