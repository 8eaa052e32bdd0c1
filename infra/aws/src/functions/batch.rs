//! Batches of a queue: every message on its own, and only those that are done are reported as done.
//!
//! Invariant: a panic in one message harms no other, and a message is gone only when the protocol has
//! acknowledged it, or when its letter is written.

use super::Parts;
use crate::journal::{End, Settled};
use crate::letters::Letters;
use crate::queues::{Queues, VIA, receipt};
use crate::stage::StageError;
use async_trait::async_trait;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::FutureExt as _;
use futures::future::join_all;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tradewind_engine::ids::{ConnectionName, WorkflowId};
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::time::Timestamp;
use tradewind_platform::Handled;
use tradewind_platform::execute::Deadline;
use tradewind_platform::newer;

/// How long a message is hidden that could not be worked on, the first time.
const LEFT_FOR: Duration = Duration::from_secs(15);
/// The longest: twice as long each time, so that an outage of hours uses up few receives.
const LEFT_FOR_MAX: Duration = Duration::from_secs(3_600);

/// What is done with a message.
#[async_trait]
pub(super) trait Worker: Send + Sync {
    async fn work(&self, receipt: &Receipt, body: &str, way: &Way) -> Result<Handled, Unavailable>;
}

/// What a message brought beside its body.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    /// The workflow that it is of.
    pub(super) workflow: Option<WorkflowId>,
    /// The connection that it waits for.
    pub(super) via: Option<ConnectionName>,
}

impl Way {
    fn of(message: &SqsMessage) -> Self {
        let via = message.message_attributes.get(VIA);
        Self {
            workflow: message.attributes.get("MessageGroupId").map(|id| WorkflowId(id.clone())),
            via: via.and_then(|value| value.string_value.clone()).map(ConnectionName),
        }
    }
}

/// The messages of one queue.
pub(super) struct Batches<W> {
    /// What the queue belongs to: an action's id, or `dispatch`.
    queue: String,
    worker: W,
    queues: Queues,
    letters: Letters,
    settled: Settled,
    deadline: Deadline,
}

impl<W: Worker> Batches<W> {
    /// Those of the queue that belongs to `queue`; the worker is told through `deadline` when the
    /// function will be ended.
    pub(super) fn new(
        parts: &Parts,
        queue: String,
        worker: W,
        deadline: Deadline,
    ) -> Result<Self, StageError> {
        let (queues, letters, settled) = (parts.queues()?, parts.letters()?, parts.settled.clone());
        Ok(Self { queue, worker, queues, letters, settled, deadline })
    }

    /// Serves them until the process ends.
    pub(super) async fn serve(self) -> Result<(), Error> {
        lambda_runtime::run(service_fn(async |event: LambdaEvent<SqsEvent>| {
            Ok::<_, Error>(self.work_on_batch(event).await)
        }))
        .await
    }

    /// Works on one batch.
    pub(super) async fn work_on_batch(&self, event: LambdaEvent<SqsEvent>) -> SqsBatchResponse {
        self.deadline.set(moment(event.context.deadline));
        self.work_on(event.payload.records).await
    }

    /// Works on all of them at the same time, because each has a time of its own to keep to.
    async fn work_on(&self, messages: Vec<SqsMessage>) -> SqsBatchResponse {
        let ended = join_all(messages.iter().map(|message| self.finishes(message))).await;
        let mut response = SqsBatchResponse::default();
        for (message, is_done) in messages.into_iter().zip(ended) {
            if !is_done {
                // A message without an id is never sent; an empty one makes the whole batch show again.
                let id = message.message_id.unwrap_or_default();
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = id;
                response.batch_item_failures.push(failure);
            }
        }
        response
    }

    /// Whether the message is done with; otherwise it shows again.
    async fn finishes(&self, message: &SqsMessage) -> bool {
        let handle = message.receipt_handle.as_deref().unwrap_or_default();
        let receipt = receipt(&self.queues.name(&self.queue), handle);
        let body = message.body.as_deref().unwrap_or_default();
        let way = Way::of(message);
        let work = self.worker.work(&receipt, body, &way);
        let work = AssertUnwindSafe(work).catch_unwind().await;
        let end = self.settled.take_end(&receipt);
        match work {
            Ok(Ok(Handled::Settled)) => end == Some(End::Done),
            Ok(Ok(Handled::GiveUp(reason))) => {
                self.gives_up(&receipt, message, body, &reason).await
            }
            Ok(Ok(Handled::Left(reason))) => self.leave(&receipt, message, &reason).await,
            Ok(Err(unavailable)) if unavailable.is_newer() => {
                newer::log_once(&unavailable);
                // It may wait for hours, and its receives must last for as long.
                self.hide(&receipt, left_for(receives(message).saturating_mul(2))).await
            }
            Ok(Err(unavailable)) => {
                self.leave(&receipt, message, &unavailable.logged().to_string()).await
            }
            // What a panic says may hold what others wrote; it is not repeated.
            Err(_) => self.leave(&receipt, message, "the work on it panicked").await,
        }
    }

    async fn gives_up(
        &self,
        receipt: &Receipt,
        message: &SqsMessage,
        body: &str,
        reason: &str,
    ) -> bool {
        tracing::error!(queue.name = self.queue, reason, "a message is given up");
        match self.letters.give_up(&self.queue, body, reason).await {
            Ok(()) => true,
            Err(unavailable) => {
                self.leave(receipt, message, &unavailable.logged().to_string()).await
            }
        }
    }

    async fn leave(&self, receipt: &Receipt, message: &SqsMessage, reason: &str) -> bool {
        tracing::warn!(queue.name = self.queue, reason, "a message shows again later");
        self.hide(receipt, left_for(receives(message))).await
    }

    async fn hide(&self, receipt: &Receipt, pause: Duration) -> bool {
        let shown = self.queues.show_again(receipt, pause).await;
        if let Err(unavailable) = shown {
            // Then it shows again when its visibility ends.
            tracing::warn!(queue.name = self.queue, error = %unavailable.logged(), "it could not be hidden");
        }
        false
    }
}

/// A moment that Lambda names in milliseconds since the epoch.
fn moment(milliseconds: u64) -> Timestamp {
    let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}

fn receives(message: &SqsMessage) -> u32 {
    let count = message.attributes.get("ApproximateReceiveCount");
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

fn left_for(receives: u32) -> Duration {
    let doubled = 1_u32.checked_shl(receives.saturating_sub(1)).unwrap_or(u32::MAX);
    LEFT_FOR.saturating_mul(doubled).min(LEFT_FOR_MAX)
}

#[cfg(test)]
mod tests;
