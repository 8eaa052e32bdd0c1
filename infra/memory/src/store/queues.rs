//! Queues with visibility time-outs, receive counts and dead letters.

use super::Memory;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::{Poll, Waker};
use std::time::Duration;
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::ports::Receipt;
use tradewind_engine::protocol::{RECEIVES_MAX, WakeUp};
use tradewind_engine::time::{Timestamp, after};

/// A received message. It is hidden until its visibility ends, and gone only when acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The queue.
    pub queue: String,
    /// What was sent.
    pub body: String,
    /// What it is acknowledged with; worth nothing once the message was received again.
    pub receipt: Receipt,
    /// How many times it was received, this time included.
    pub receives: u32,
}

#[derive(Default)]
pub(super) struct Queues {
    sequence: u64,
    // By queue and the order in which they were sent.
    waiting: BTreeMap<(String, u64), Waiting>,
    pub(super) letters: Vec<DeadLetter>,
    listeners: BTreeMap<String, Listeners>,
}

#[derive(Default)]
struct Listeners {
    // Raised by whatever may make a message of the queue visible.
    revision: u64,
    wakers: Vec<Waker>,
}

struct Waiting {
    body: String,
    visible_at: Timestamp,
    receives: u32,
}

impl Queues {
    pub(super) fn send(&mut self, queue: &str, body: String, visible_at: Timestamp) {
        let key = (queue.to_owned(), self.number());
        self.waiting.insert(key, Waiting { body, visible_at, receives: 0 });
        self.changed(queue);
    }

    pub(super) fn bury(&mut self, queue: &str, body: String, reason: &str, at: Timestamp) {
        let id = format!("letter-{}", self.number());
        let (queue, reason) = (queue.to_owned(), reason.to_owned());
        self.letters.push(DeadLetter { id, queue, body, reason, at });
    }

    /// A wake-up that was given up on before is the letter that is there.
    fn is_given_up_again(&mut self, message: &Message, reason: &str, at: Timestamp) -> bool {
        let is_it = |one: &&mut DeadLetter| one.queue == message.queue && one.body == message.body;
        let is_wake_up = serde_json::from_str::<WakeUp>(&message.body).is_ok();
        let Some(letter) = self.letters.iter_mut().find(is_it).filter(|_| is_wake_up) else {
            return false;
        };
        (letter.at, letter.reason) = (at, reason.to_owned());
        true
    }

    /// The queue of each message, when it can be seen, and how often it was received.
    pub(super) fn messages(&self) -> impl Iterator<Item = (&str, Timestamp, u32)> {
        let all = self.waiting.iter();
        all.map(|((queue, _), waiting)| (queue.as_str(), waiting.visible_at, waiting.receives))
    }

    pub(super) fn acknowledge(&mut self, receipt: &Receipt) {
        if let Some(key) = self.current(receipt) {
            self.waiting.remove(&key);
        }
    }

    pub(super) fn show_at(&mut self, receipt: &Receipt, visible_at: Timestamp) {
        let Some(key) = self.current(receipt) else { return };
        if let Some(waiting) = self.waiting.get_mut(&key) {
            waiting.visible_at = visible_at;
            self.changed(&key.0);
        }
    }

    fn receive(
        &mut self,
        queue: &str,
        max: usize,
        hidden: Duration,
        now: Timestamp,
    ) -> Vec<Message> {
        let mut visible: Vec<(Timestamp, (String, u64))> = self
            .of(queue)
            .filter(|(_, waiting)| waiting.visible_at <= now)
            .map(|(key, waiting)| (waiting.visible_at, key.clone()))
            .collect();
        visible.sort();
        let mut received = Vec::new();
        for (_, key) in visible {
            if received.len() == max {
                break;
            }
            let Some(waiting) = self.waiting.get_mut(&key) else { continue };
            if waiting.receives >= RECEIVES_MAX {
                let body = std::mem::take(&mut waiting.body);
                self.waiting.remove(&key);
                self.bury(queue, body, "it was received too often and never finished", now);
                continue;
            }
            waiting.receives += 1;
            waiting.visible_at = after(now, hidden);
            received.push(Message {
                queue: queue.to_owned(),
                body: waiting.body.clone(),
                receipt: receipt(&key, waiting.receives),
                receives: waiting.receives,
            });
        }
        received
    }

    fn of(&self, queue: &str) -> impl Iterator<Item = (&(String, u64), &Waiting)> {
        self.waiting.range((queue.to_owned(), 0)..=(queue.to_owned(), u64::MAX))
    }

    /// The message that the receipt is for, unless it was received again since.
    fn current(&self, wanted: &Receipt) -> Option<(String, u64)> {
        let (queue, rest) = wanted.0.split_once('#')?;
        let key = (queue.to_owned(), rest.split_once('#')?.0.parse().ok()?);
        let waiting = self.waiting.get(&key)?;
        (receipt(&key, waiting.receives) == *wanted).then_some(key)
    }

    fn number(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    fn changed(&mut self, queue: &str) {
        let listeners = self.listeners.entry(queue.to_owned()).or_default();
        listeners.revision += 1;
        listeners.wakers.drain(..).for_each(Waker::wake);
    }
}

fn receipt((queue, number): &(String, u64), receives: u32) -> Receipt {
    Receipt(format!("{queue}#{number}#{receives}"))
}

impl Memory {
    /// Takes up to `max` visible messages and hides them for `visibility`. A message that was
    /// received [`RECEIVES_MAX`] times becomes a dead letter instead.
    pub fn receive(
        &self,
        queue: &str,
        max: usize,
        visibility: Duration,
        now: Timestamp,
    ) -> Vec<Message> {
        self.state().queues.receive(queue, max, visibility, now)
    }

    /// Sends a text of any kind, as whoever may write to the queue could.
    pub fn send(&self, queue: &str, body: &str, not_before: Timestamp) {
        self.state().queues.send(queue, body.to_owned(), not_before);
    }

    /// When the next message of the queue is visible.
    pub fn next_visible(&self, queue: &str) -> Option<Timestamp> {
        self.state().queues.of(queue).map(|(_, waiting)| waiting.visible_at).min()
    }

    /// Every message of every queue: the queue and the text.
    pub fn messages(&self) -> Vec<(String, String)> {
        let state = self.state();
        let messages = state.queues.waiting.iter();
        messages.map(|((queue, _), waiting)| (queue.clone(), waiting.body.clone())).collect()
    }

    /// Loses all messages for which `lost` says so; returns how many.
    pub fn lose(&self, mut lost: impl FnMut(&str, &str) -> bool) -> usize {
        let mut state = self.state();
        let before = state.queues.waiting.len();
        state.queues.waiting.retain(|(queue, _), waiting| !lost(queue, &waiting.body));
        before - state.queues.waiting.len()
    }

    /// Puts a received message that makes no sense into the dead letters.
    pub fn give_up(&self, message: &Message, reason: &str) {
        let now = self.clock.now();
        let mut state = self.state();
        if let Some(key) = state.queues.current(&message.receipt) {
            state.queues.waiting.remove(&key);
            if !state.queues.is_given_up_again(message, reason, now) {
                state.queues.bury(&message.queue, message.body.clone(), reason, now);
            }
        }
    }

    /// Returns once something was sent to the queue, or shown again, after the call.
    pub async fn changed(&self, queue: &str) {
        let mut seen = None;
        poll_fn(|cx| {
            let mut state = self.state();
            let listeners = state.queues.listeners.entry(queue.to_owned()).or_default();
            if *seen.get_or_insert(listeners.revision) != listeners.revision {
                return Poll::Ready(());
            }
            listeners.wakers.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
