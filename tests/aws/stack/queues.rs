//! The stage's queues, as a person at the console sees and moves their messages.

use super::Stack;
use aws_sdk_sqs::types::QueueAttributeName;

/// Long enough to look at a message and put it elsewhere.
const LOOK_SECONDS: i32 = 5;

/// A message as it lies in a queue.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// Its text.
    pub(crate) body: String,
    receipt: String,
}

impl Stack {
    /// The URL of the queue of that name below the stage, such as `email-send-dead`.
    pub(crate) async fn queue(&self, name: &str) -> String {
        let name = format!("tradewind-{}-{name}", self.stage);
        let found = self.clients.sqs().get_queue_url().queue_name(name).send().await.unwrap();
        found.queue_url().unwrap().to_owned()
    }

    /// Puts a message into a queue.
    pub(crate) async fn send(&self, queue: &str, body: &str) {
        let url = self.queue(queue).await;
        self.clients.sqs().send_message().queue_url(url).message_body(body).send().await.unwrap();
    }

    /// The first message of a queue that this is said of, out of those that can be seen now. It is
    /// hidden for a few seconds.
    pub(crate) async fn message(
        &self,
        queue: &str,
        is_it: impl Fn(&str) -> bool,
    ) -> Option<Message> {
        let url = self.queue(queue).await;
        let sqs = self.clients.sqs();
        let received = sqs.receive_message().queue_url(&url).max_number_of_messages(10);
        let received = received.visibility_timeout(LOOK_SECONDS).send().await.unwrap();
        let mut found = None;
        for message in received.messages() {
            let (body, receipt) = (message.body().unwrap(), message.receipt_handle().unwrap());
            if found.is_none() && is_it(body) {
                found = Some(Message { body: body.to_owned(), receipt: receipt.to_owned() });
            } else {
                // Others look for theirs.
                let shown = sqs.change_message_visibility().queue_url(&url).receipt_handle(receipt);
                shown.visibility_timeout(0).send().await.unwrap();
            }
        }
        found
    }

    /// Moves a message, as the redrive of the console does: it is there before it is gone here.
    pub(crate) async fn move_message(&self, message: &Message, from: &str, to: &str) {
        self.send(to, &message.body).await;
        self.remove(message, from).await;
    }

    /// Takes a message out.
    pub(crate) async fn remove(&self, message: &Message, from: &str) {
        let url = self.queue(from).await;
        let gone = self.clients.sqs().delete_message().queue_url(url);
        gone.receipt_handle(&message.receipt).send().await.unwrap();
    }

    /// How many messages are in a queue: waiting, hidden and delayed.
    pub(crate) async fn depth(&self, queue: &str) -> u64 {
        let url = self.queue(queue).await;
        let asked = self.clients.sqs().get_queue_attributes().queue_url(url);
        let asked = asked.attribute_names(QueueAttributeName::All).send().await.unwrap();
        let attributes = asked.attributes().unwrap();
        let counted = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        counted.iter().map(|name| attributes[name].parse::<u64>().unwrap()).sum()
    }

    /// Until nothing is left in a queue. Others use it as well, but each of theirs ends, too.
    pub(crate) async fn drained(&self, queue: &str) {
        let what = format!("the queue {queue} to be empty");
        self.wait_for(&what, async || (self.depth(queue).await == 0).then_some(())).await;
    }
}
