//! The dead letters of a queue, as SQS keeps them: a queue of their own, which raises the alarm. What
//! the bus could not deliver to the dispatch queue is one of its letters too, and has one more.
//!
//! Invariant: looking at them takes a bounded number of requests, and what was looked at shows again
//! at once.

use super::{Queues, Received, Routing, SERVICE, received};
use crate::clients::unavailable;
use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry;
use std::time::Duration;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_stack::naming::{UNDELIVERED, dead};

/// How many requests one look takes at most; each brings up to ten messages.
const LOOKS_MAX: usize = 20;
/// How long the messages are hidden meanwhile, so that each is met once.
const LOOK: Duration = Duration::from_secs(30);

impl Queues {
    /// Puts a message into the dead letters of the queue.
    pub(crate) async fn bury(&self, queue: &str, body: String) -> Result<(), Unavailable> {
        self.put(&dead(&self.url(queue)), body, 0, Routing::default()).await
    }

    /// The dead letters of the queue, as many as a bounded look shows. They stay hidden until they
    /// are deleted or [`Queues::release`]d, or for half a minute.
    pub(crate) async fn dead(&self, queue: &str) -> Result<Vec<Received>, Unavailable> {
        let mut letters = self.all_of(&dead(&self.name(queue))).await?;
        if queue == DISPATCH_QUEUE {
            letters.extend(self.all_of(&self.name(UNDELIVERED)).await?);
        }
        Ok(letters)
    }

    async fn all_of(&self, name: &str) -> Result<Vec<Received>, Unavailable> {
        let mut letters = Vec::new();
        for _ in 0..LOOKS_MAX {
            let received = self.receive_by_name(name, 10, LOOK).await?;
            if received.is_empty() {
                break;
            }
            letters.extend(received);
        }
        Ok(letters)
    }

    /// Lets received messages show again at once. What fails shows again by itself.
    pub(crate) async fn release(&self, messages: &[Received]) {
        let parts: Vec<(&str, &str)> =
            messages.iter().filter_map(|message| received::parts(&message.receipt)).collect();
        for of_one_queue in parts.chunk_by(|one, other| one.0 == other.0) {
            for batch in of_one_queue.chunks(10) {
                if let Err(failed) = self.release_batch(batch).await {
                    tracing::warn!(error = %failed.logged(), "dead letters stay hidden for half a minute");
                }
            }
        }
    }

    async fn release_batch(&self, batch: &[(&str, &str)]) -> Result<(), Unavailable> {
        let Some((name, _)) = batch.first() else { return Ok(()) };
        let entry = |(place, (_, handle)): (usize, &(&str, &str))| {
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(place.to_string());
            let entry = entry.receipt_handle(*handle).visibility_timeout(0);
            entry.build().expect("it has an id and a handle")
        };
        let entries = batch.iter().enumerate().map(entry).collect();
        let request = self.sqs.change_message_visibility_batch().queue_url(self.url_of_name(name));
        let released = request.set_entries(Some(entries)).send().await;
        released.map(|_| ()).map_err(|failed| unavailable(SERVICE, &failed))
    }
}

impl Received {
    /// Whether the bus could not deliver it.
    pub(crate) fn is_undelivered(&self) -> bool {
        received::parts(&self.receipt)
            .is_some_and(|(name, _)| name.rsplit('-').next() == Some(UNDELIVERED))
    }
}
