//! Messages as they are received, and what each is known by until it is done with.

use super::{Queues, SERVICE};
use crate::clients::unavailable;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use std::time::Duration;
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::time::Timestamp;

/// A message that was received and is hidden from others for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// What it is held, or deleted, with.
    pub receipt: Receipt,
    /// What was sent.
    pub body: String,
    /// How often it was received, this time included.
    pub receives: u32,
    /// When it was sent; a message that was moved keeps that time.
    pub sent_at: Option<Timestamp>,
}

/// The receipt of a message out of the queue with this full name.
pub fn receipt(name: &str, handle: &str) -> Receipt {
    Receipt(format!("{name}\n{handle}"))
}

/// The full name of the queue, and the handle. `None`: the message never was in a queue of ours.
pub(super) fn parts(receipt: &Receipt) -> Option<(&str, &str)> {
    receipt.0.split_once('\n').filter(|(name, handle)| !name.is_empty() && !handle.is_empty())
}

impl Queues {
    /// Takes up to `max` (at most 10) messages and hides them for `visibility`. Lambda does this in
    /// a stage; it is here for whoever wants to look into a queue.
    pub async fn receive(
        &self,
        queue: &str,
        max: usize,
        visibility: Duration,
    ) -> Result<Vec<Received>, Unavailable> {
        self.receive_by_name(&self.name(queue), max, visibility).await
    }

    /// Deletes a received message; no error when it is gone.
    pub async fn delete(&self, receipt: &Receipt) -> Result<(), Unavailable> {
        let Some((name, handle)) = parts(receipt) else { return Ok(()) };
        let url = self.url_of_name(name);
        let deleted = self.sqs.delete_message().queue_url(url).receipt_handle(handle).send().await;
        match deleted {
            Ok(_) => Ok(()),
            Err(failed) if super::is_gone(&failed) => Ok(()),
            Err(failed) => Err(unavailable(SERVICE, &failed)),
        }
    }

    pub(super) async fn receive_by_name(
        &self,
        name: &str,
        max: usize,
        visibility: Duration,
    ) -> Result<Vec<Received>, Unavailable> {
        let received = self
            .sqs
            .receive_message()
            .queue_url(self.url_of_name(name))
            .max_number_of_messages(i32::try_from(max.min(10)).unwrap_or(10))
            .visibility_timeout(super::seconds_up(visibility))
            // Only a long poll asks all servers that a queue is spread over.
            .wait_time_seconds(1)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .send()
            .await
            .map_err(|failed| unavailable(SERVICE, &failed))?;
        let messages = received.messages.unwrap_or_default();
        Ok(messages.into_iter().filter_map(|message| read(name, message)).collect())
    }
}

fn read(name: &str, message: Message) -> Option<Received> {
    let attributes = message.attributes.unwrap_or_default();
    let number = |name: &MessageSystemAttributeName| attributes.get(name)?.parse::<i64>().ok();
    let receives = number(&MessageSystemAttributeName::ApproximateReceiveCount);
    let sent_at = number(&MessageSystemAttributeName::SentTimestamp);
    Some(Received {
        receipt: receipt(name, &message.receipt_handle?),
        body: message.body?,
        receives: receives.and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        sent_at: sent_at.and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok()),
    })
}
