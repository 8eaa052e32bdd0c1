//! The queues of the stage: wake-ups on their way to the actions, and the dead letters of each.
//!
//! Invariant: what the Lambda service handed to a function is never deleted here; it deletes what the
//! function reports as done. Only dead letters are deleted by us.
//!
//! Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html>

mod batch;
mod dead;
mod numbers;
mod received;
#[cfg(test)]
mod tests;
mod when;

pub use received::{Received, receipt};

use crate::clients::{Clients, Failed, unavailable};
use crate::schedules::Schedules;
use crate::stage::{Stage, StageError};
use aws_sdk_sqs::types::MessageAttributeValue;
use ring::digest::{SHA256, digest};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::digests::hex;
use tradewind_engine::ids::{ConnectionName, WorkflowId};
use tradewind_engine::ports::{Clock, Receipt, Unavailable};
use tradewind_engine::time::Timestamp;
use tradewind_stack::naming;
use when::{When, seconds_up, when};

const SERVICE: &str = "SQS";
/// SQS hides a message for at most twelve hours.
const HOLD_MAX: Duration = Duration::from_secs(43_200);
/// The longest name of a group of messages that every service takes.
const GROUP_BYTES_MAX: usize = 100;

/// The queues of the stage, by what they belong to: an action's id, or `dispatch`.
#[derive(Clone)]
pub struct Queues {
    sqs: aws_sdk_sqs::Client,
    url_prefix: String,
    later: Option<Later>,
    clock: Arc<dyn Clock>,
}

/// The attribute of a message that names the connection that it waits for. It stands beside the body,
/// which functions of an earlier build would refuse with a field more.
pub(crate) const VIA: &str = "via";

/// What is known of a message's way, beside its body.
#[derive(Clone, Copy, Debug, Default)]
pub struct Routing<'a> {
    /// The workflow, whose messages take turns with those of others.
    pub workflow: Option<&'a WorkflowId>,
    /// The connection that it waits for.
    pub via: Option<&'a ConnectionName>,
}

impl Routing<'_> {
    fn attributes(&self) -> Option<HashMap<String, MessageAttributeValue>> {
        let value = MessageAttributeValue::builder().data_type("String").string_value(&self.via?.0);
        let value = value.build().expect("it has a type");
        Some([(VIA.to_owned(), value)].into())
    }
}

/// How messages are sent that are due later.
#[derive(Clone)]
struct Later {
    queue_delay_max: Duration,
    schedules: Schedules,
}

impl Queues {
    /// The queues of the stage. A function that is not told of schedules sends nothing for later.
    pub fn new(
        clients: &Clients,
        stage: &Stage,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StageError> {
        let later = || {
            let queue_delay_max = stage.queue_delay_max()?;
            Ok::<_, StageError>(Later {
                queue_delay_max,
                schedules: Schedules::new(clients, stage)?,
            })
        };
        let url_prefix = stage.queues_url()?.to_owned();
        Ok(Self { sqs: clients.sqs(), url_prefix, later: later().ok(), clock })
    }

    /// Sends a message that shows at `not_before`. `workflow` keeps the messages of one workflow from
    /// making those of others wait.
    pub async fn send(
        &self,
        queue: &str,
        body: String,
        not_before: Option<Timestamp>,
        workflow: Option<&WorkflowId>,
    ) -> Result<(), Unavailable> {
        let routing = Routing { workflow, via: None };
        self.send_routed(queue, body, not_before, routing).await
    }

    /// The same, with all that is known of its way. What waits in a schedule loses it: it is worked on
    /// like any other.
    pub async fn send_routed(
        &self,
        queue: &str,
        body: String,
        not_before: Option<Timestamp>,
        routing: Routing<'_>,
    ) -> Result<(), Unavailable> {
        let now = self.clock.now();
        let delay_max = self.later.as_ref().map_or(Duration::ZERO, |later| later.queue_delay_max);
        match (when(now, not_before.unwrap_or(now), delay_max), &self.later) {
            (When::InQueue { seconds }, _) => {
                self.put(&self.url(queue), body, seconds, routing).await
            }
            (When::Scheduled { at }, Some(later)) => {
                later.schedules.create(&naming::queue(queue), body, at).await
            }
            (When::Scheduled { .. }, None) => Err(Unavailable::new(
                "Scheduler",
                "this function is not told where schedules are made",
            )),
        }
    }

    /// Lets a received message show again after `pause`. One that is gone meanwhile needs nothing.
    pub async fn show_again(&self, receipt: &Receipt, pause: Duration) -> Result<(), Unavailable> {
        let Some((name, handle)) = received::parts(receipt) else { return Ok(()) };
        let held = self
            .sqs
            .change_message_visibility()
            .queue_url(self.url_of_name(name))
            .receipt_handle(handle)
            .visibility_timeout(seconds_up(pause.min(HOLD_MAX)))
            .send()
            .await;
        match held {
            Ok(_) => Ok(()),
            Err(failed) if is_gone(&failed) => Ok(()),
            Err(failed) => Err(unavailable(SERVICE, &failed)),
        }
    }

    /// The full name of a queue.
    pub fn name(&self, queue: &str) -> String {
        let stage = self.url_prefix.rsplit('/').next().unwrap_or_default();
        format!("{stage}{}", naming::queue(queue))
    }

    async fn put(
        &self,
        url: &str,
        body: String,
        delay_seconds: i32,
        routing: Routing<'_>,
    ) -> Result<(), Unavailable> {
        let sent = self
            .sqs
            .send_message()
            .queue_url(url)
            .message_body(body)
            // The default of the queue is none.
            .set_delay_seconds((delay_seconds > 0).then_some(delay_seconds))
            .set_message_group_id(routing.workflow.map(group))
            .set_message_attributes(routing.attributes())
            .send()
            .await;
        sent.map(|_| ()).map_err(|failed| unavailable(SERVICE, &failed))
    }

    fn url(&self, queue: &str) -> String {
        format!("{}{}", self.url_prefix, naming::queue(queue))
    }

    fn url_of_name(&self, name: &str) -> String {
        let account = self.url_prefix.rsplit_once('/').map_or("", |(account, _)| account);
        format!("{account}/{name}")
    }
}

/// SQS takes only some characters; what has others is known by its digest.
fn group(workflow: &WorkflowId) -> String {
    let text = workflow.as_str();
    let is_allowed = text.len() <= GROUP_BYTES_MAX && text.bytes().all(|b| b.is_ascii_graphic());
    if is_allowed && !text.is_empty() {
        text.to_owned()
    } else {
        hex(digest(&SHA256, text.as_bytes()).as_ref())
    }
}

/// The message was deleted, or shows already, or was received by somebody else: by the words for it.
fn is_gone(failed: &impl Failed) -> bool {
    let word = failed.word().unwrap_or_default();
    ["MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue"]
        .iter()
        .any(|gone| word.rsplit('.').next() == Some(gone))
}
