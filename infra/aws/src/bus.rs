//! The event bus: every accepted event becomes an entry of EventBridge, or a message of the dispatch
//! queue where the bus does not take it.
//!
//! Invariant: an event counts as published only when one of the two has named it as taken. Both take
//! the same envelope, so that dispatching need not know which way it came.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>

mod chunks;
mod envelope;
#[cfg(test)]
mod tests;

pub use envelope::{Envelope, Unopened};

use crate::blobs::Blobs;
use crate::clients::{Clients, Failed, unavailable};
use crate::queues::Queues;
use crate::stage::{Stage, StageError};
use async_trait::async_trait;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use chunks::chunks;
use envelope::Sealed;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::events::Event;
use tradewind_engine::ports::{Bus, Clock, Ids, Unavailable};
use tradewind_engine::queues::DISPATCH_QUEUE;

const SERVICE: &str = "EventBridge";
/// What the rule asks for.
const SOURCE: &str = "tradewind";
/// What no workflow waits for: it passes the rule by, and is there for rules of other people's own.
const SOURCE_OF_NOTICES: &str = "tradewind.notices";
/// How often entries are sent that were refused one by one, on each of the two ways. A bus that takes
/// none of them is not asked again.
const TRIES: u32 = 3;
/// The pause before the second try, less jitter; it doubles.
const PAUSE: Duration = Duration::from_millis(100);

/// The bus of the stage.
#[derive(Clone)]
pub struct AwsBus {
    eventbridge: aws_sdk_eventbridge::Client,
    name: String,
    queues: Queues,
    blobs: Blobs,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

/// The two ways to the dispatch queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Bus,
    Queue,
}

impl AwsBus {
    /// The bus of the stage; `queues` are those that it falls back to.
    pub fn new(
        clients: &Clients,
        stage: &Stage,
        queues: Queues,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, StageError> {
        Ok(Self {
            // The shops that send webhooks wait for five seconds: a bus that hangs must leave time for
            // the queue.
            eventbridge: clients.fail_fast().eventbridge(),
            name: stage.bus()?.to_owned(),
            queues,
            blobs: Blobs::new(clients, stage)?,
            clock,
            ids,
        })
    }

    /// What is too large for a message goes to S3 before the message exists. Where S3 does not take
    /// it, the message may still be able to carry it.
    async fn seal(&self, event: &Event) -> Result<Sealed, Unavailable> {
        let wrapped = Envelope::wrap(event);
        let Some(blob) = wrapped.blob else { return Ok(wrapped.sealed) };
        match (self.blobs.put(&blob.key, blob.bytes).await, wrapped.without_blob) {
            (Ok(()), _) => Ok(wrapped.sealed),
            (Err(unavailable), Some(sealed)) => {
                tracing::warn!(error = %unavailable.logged(), "an event is sent without its claim check");
                Ok(sealed)
            }
            (Err(unavailable), None) => Err(unavailable),
        }
    }

    /// Tells whoever listens to the bus, and no workflow. Nothing depends on it.
    pub async fn notice(&self, event: &Event) {
        let sealed = Sealed { source: SOURCE_OF_NOTICES, ..Envelope::wrap(event).sealed };
        if let Err((_, unavailable)) = self.put(&[&sealed]).await {
            tracing::warn!(event.id = %event.id, error = %unavailable.logged(), "nobody hears of this event");
        }
    }

    /// Sends them all that way; returns those that were not taken, and why.
    async fn send<'a>(
        &self,
        way: Way,
        mut left: Vec<&'a Sealed>,
    ) -> Result<(), (Vec<&'a Sealed>, Unavailable)> {
        let mut pause = PAUSE;
        for attempt in 1.. {
            let (refused, why) = self.send_once(way, &left).await;
            let Some(why) = why else { return Ok(()) };
            let nothing_was_taken = refused.len() == left.len();
            left = refused;
            if attempt == TRIES || (way == Way::Bus && nothing_was_taken) {
                return Err((left, why));
            }
            self.clock.sleep(pause.mul_f64(0.5 + self.ids.random_unit() / 2.0)).await;
            pause *= 2;
        }
        Ok(())
    }

    async fn send_once<'a>(
        &self,
        way: Way,
        all: &[&'a Sealed],
    ) -> (Vec<&'a Sealed>, Option<Unavailable>) {
        let (mut refused, mut why) = (Vec::new(), None);
        for chunk in chunks(all, |sealed| sealed.bytes()) {
            let sent = match way {
                Way::Bus => self.put(chunk).await,
                Way::Queue => self.queue(chunk).await,
            };
            match sent {
                Ok(()) => {}
                Err((places, unavailable)) => {
                    refused.extend(places.into_iter().filter_map(|place| chunk.get(place)));
                    why = Some(unavailable);
                }
            }
        }
        (refused, why)
    }

    async fn put(&self, chunk: &[&Sealed]) -> Result<(), (Vec<usize>, Unavailable)> {
        let entry = |sealed: &&Sealed| {
            let entry = PutEventsRequestEntry::builder().event_bus_name(&self.name);
            let entry = entry.source(sealed.source);
            entry.detail_type(&sealed.name).detail(&sealed.text).build()
        };
        let entries = chunk.iter().map(entry).collect();
        let put = self.eventbridge.put_events().set_entries(Some(entries)).send().await;
        let all = || (0..chunk.len()).collect();
        let answer = put.map_err(|failed| (all(), unavailable(SERVICE, &failed)))?;
        let results = answer.entries.unwrap_or_default();
        let taken = |place: &usize| results.get(*place).is_some_and(|one| one.event_id.is_some());
        let refused: Vec<usize> = (0..chunk.len()).filter(|place| !taken(place)).collect();
        match refused.first() {
            None => Ok(()),
            Some(first) => {
                let why = unavailable(SERVICE, &Refused(results.get(*first)));
                Err((refused, why))
            }
        }
    }

    async fn queue(&self, chunk: &[&Sealed]) -> Result<(), (Vec<usize>, Unavailable)> {
        let bodies: Vec<&str> = chunk.iter().map(|sealed| sealed.text.as_str()).collect();
        match self.queues.send_all(DISPATCH_QUEUE, &bodies).await {
            Ok(left) if left.is_empty() => Ok(()),
            Ok(left) => {
                let reason = "messages of a batch were refused".to_owned();
                Err((left, Unavailable::new("SQS", reason)))
            }
            Err(unavailable) => Err(((0..chunk.len()).collect(), unavailable)),
        }
    }
}

#[async_trait]
impl Bus for AwsBus {
    async fn publish(&self, events: &[Event]) -> Result<(), Unavailable> {
        let mut sealed = Vec::with_capacity(events.len());
        for event in events {
            sealed.push(self.seal(event).await?);
        }
        let Err((left, why)) = self.send(Way::Bus, sealed.iter().collect()).await else {
            return Ok(());
        };
        tracing::warn!(error = %why.logged(), events = left.len(), "events go round the bus");
        self.send(Way::Queue, left).await.map_err(|(_, why)| why)
    }
}

/// An entry that the bus has not taken.
struct Refused<'a>(Option<&'a PutEventsResultEntry>);

impl Failed for Refused<'_> {
    fn word(&self) -> Option<&str> {
        self.0?.error_code()
    }

    fn sentence(&self) -> String {
        format!("an entry was refused: {}", self.word().unwrap_or("it says nothing of it"))
    }
}
