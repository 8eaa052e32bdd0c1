//! Sending several messages with one request. Each of them succeeds or fails by itself.

use super::{Queues, SERVICE};
use crate::clients::unavailable;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use tradewind_engine::ports::Unavailable;

impl Queues {
    /// Sends up to ten messages; returns the places of those that were not taken.
    pub(crate) async fn send_all(
        &self,
        queue: &str,
        bodies: &[&str],
    ) -> Result<Vec<usize>, Unavailable> {
        let entry = |(place, body): (usize, &&str)| {
            let entry = SendMessageBatchRequestEntry::builder().id(place.to_string());
            entry.message_body(*body).build().expect("it has an id and a body")
        };
        let entries = bodies.iter().enumerate().map(entry).collect();
        let sent = self.sqs.send_message_batch().queue_url(self.url(queue));
        let answer = sent.set_entries(Some(entries)).send().await;
        let answer = answer.map_err(|failed| unavailable(SERVICE, &failed))?;
        // What is named neither here nor there was not taken either.
        let taken: Vec<&str> = answer.successful.iter().map(|one| one.id.as_str()).collect();
        let left = (0..bodies.len()).filter(|place| !taken.contains(&place.to_string().as_str()));
        Ok(left.collect())
    }
}
