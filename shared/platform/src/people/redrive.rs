//! A person sends a dead letter on its way again.
//!
//! Invariant: the letter of a delivery that could not be read goes only after the delivery was read and
//! its events are durable. They are the events that it would have become at once, so that nothing
//! happens twice.

use super::acting::{Acting, ensure_goes_on};
use crate::connections::stored;
use crate::receive::{Accepted, events_of};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tradewind_connectors::catalog::Catalog;
use tradewind_connectors::connection::Connection;
use tradewind_connectors::deliveries::{Delivery, reread_verified};
use tradewind_engine::definitions::Current;
use tradewind_engine::events::{Event, EventRecord};
use tradewind_engine::ids::EventId;
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::ports::{Events, Interrupted, Unavailable};
use tradewind_engine::protocol::{Command, Objection, WakeUp};
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_engine::unmapped::{UNMAPPED, Unmapped};

/// Why a letter stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRedriven {
    /// It is not there.
    #[error("there is no dead letter {0}")]
    NotFound(String),
    /// Its delivery holds no data any more.
    #[error("its data was removed")]
    Redacted,
    /// It is about a branch of a loop whose run is over.
    #[error(transparent)]
    Over(Objection),
    /// Its delivery can still not be read.
    #[error("it can still not be read: {0}")]
    Unreadable(String),
    /// A store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Sends the letter back to its queue. A delivery that could not be read is read again, by today's
/// mapping.
pub async fn redrive(ports: &Acting, events: &dyn Events, id: &str) -> Result<(), NotRedriven> {
    let not_found = || NotRedriven::NotFound(id.to_owned());
    let letter = ports.dead_letters.letter(id).await?.ok_or_else(not_found)?;
    let found = match unmapped_in(&letter) {
        Some(event) => {
            let record = events.read(&event).await?.ok_or_else(not_found)?;
            read_unmapped(ports, record).await?;
            ports.dead_letters.dismiss(id).await?
        }
        None => {
            ensure_run_goes_on(ports, &letter).await?;
            ports.dead_letters.redrive(id).await?
        }
    };
    if found { Ok(()) } else { Err(not_found()) }
}

/// A branch that stopped waits for a person only as long as its run is not over.
async fn ensure_run_goes_on(ports: &Acting, letter: &DeadLetter) -> Result<(), NotRedriven> {
    let Ok(wake) = serde_json::from_str::<WakeUp>(&letter.body) else { return Ok(()) };
    let root = wake.run.root();
    if wake.kind.is_none() || root == wake.run {
        return Ok(());
    }
    match ports.runs.read(&root).await? {
        Some(root) => ensure_goes_on(&root).map_err(NotRedriven::Over),
        None => Ok(()),
    }
}

/// What an event and the envelope of one have in common.
#[derive(Deserialize)]
struct NamedEvent {
    id: EventId,
    name: String,
}

/// The event of a letter that tells of a delivery which could not be read.
fn unmapped_in(letter: &DeadLetter) -> Option<EventId> {
    let named = || serde_json::from_str::<NamedEvent>(&letter.body).ok();
    let named = if letter.queue == DISPATCH_QUEUE { named() } else { None }?;
    (named.name == UNMAPPED).then_some(named.id)
}

async fn read_unmapped(ports: &Acting, record: EventRecord) -> Result<(), NotRedriven> {
    let unmapped = record.event.unmapped().ok_or(NotRedriven::Redacted)?;
    if unmapped.read_as.is_some() {
        return Ok(());
    }
    let current = ports.deployed.current().await?;
    let own = ports.deployed.own_providers(&current).await?;
    let known = Known { catalog: &own.within(&ports.catalog), current: &current };
    let read = read(&known, &record.event, &unmapped).map_err(NotRedriven::Unreadable)?;
    ports.bus.publish(&read).await?;
    let read_as = read.into_iter().map(|event| event.id).collect();
    let data = Unmapped { read_as: Some(read_as), ..unmapped }.to_data();
    let record = EventRecord { event: Event { data, ..record.event }, ..record };
    let recorded = ports.journal.commit(None, &[Command::Record(record)]).await;
    recorded.map_err(Interrupted::cause)?;
    Ok(())
}

/// By what a delivery is read again.
struct Known<'a> {
    catalog: &'a Catalog,
    current: &'a Current,
}

fn read(known: &Known<'_>, event: &Event, unmapped: &Unmapped) -> Result<Vec<Event>, String> {
    let (Some(name), Some(provider)) = (&event.connection, &event.provider) else {
        return Err("it names no connection".to_owned());
    };
    let provider = known.catalog.provider(provider.as_str());
    let provider = provider.ok_or("its provider is not known here")?;
    let endpoint = provider.trigger.as_deref().ok_or("its provider sends no webhooks")?;
    let delivery = delivery(event, unmapped).ok_or("it was not kept as it came")?;
    // Secrets are not asked for: that it is genuine was found when it came.
    let settings = stored(known.current, name).map(|stored| stored.settings.clone());
    let connection = Connection::new(name.clone(), provider, settings.unwrap_or_default());
    let reading = reread_verified(endpoint, &connection, &delivery, event.accepted_at);
    let reading = reading.map_err(|refusal| refusal.to_string())?;
    let accepted = Accepted { at: event.accepted_at, revision: event.revision };
    Ok(events_of(reading, provider, name, &delivery.body, accepted))
}

/// The delivery as it came, as far as reading it looks at it.
fn delivery(event: &Event, unmapped: &Unmapped) -> Option<Delivery> {
    let headers = unmapped.headers.iter().map(|(name, value)| {
        let name = http::HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, http::HeaderValue::from_str(value).ok()?))
    });
    Some(Delivery {
        method: unmapped.method.parse().ok()?,
        headers: headers.collect::<Option<_>>()?,
        query: unmapped.query.clone(),
        body: STANDARD.decode(event.raw.as_ref()?).ok()?.into(),
    })
}
