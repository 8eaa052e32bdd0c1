//! How many messages a queue has, as SQS counts them.

use super::{Queues, SERVICE};
use crate::clients::unavailable;
use aws_sdk_sqs::types::QueueAttributeName;
use tradewind_engine::ports::Unavailable;

/// How many messages a queue has, nearly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// Those that can be received.
    pub(crate) waiting: u64,
    /// Those that were received and are in flight.
    pub(crate) in_flight: u64,
    /// Those that are due later.
    pub(crate) delayed: u64,
}

const WAITING: QueueAttributeName = QueueAttributeName::ApproximateNumberOfMessages;
const HIDDEN: QueueAttributeName = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
const DELAYED: QueueAttributeName = QueueAttributeName::ApproximateNumberOfMessagesDelayed;

impl Queues {
    /// The numbers of the queue with that full name. Asking disturbs no message.
    pub(crate) async fn numbers(&self, name: &str) -> Result<Numbers, Unavailable> {
        let asked = self
            .sqs
            .get_queue_attributes()
            .queue_url(self.url_of_name(name))
            .attribute_names(WAITING)
            .attribute_names(HIDDEN)
            .attribute_names(DELAYED)
            .send()
            .await
            .map_err(|failed| unavailable(SERVICE, &failed))?;
        let said = asked.attributes.unwrap_or_default();
        let number =
            |name| said.get(&name).and_then(|value| value.parse().ok()).unwrap_or_default();
        Ok(Numbers {
            waiting: number(WAITING),
            in_flight: number(HIDDEN),
            delayed: number(DELAYED),
        })
    }
}
