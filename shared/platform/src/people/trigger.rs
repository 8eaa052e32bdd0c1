//! Making an event by hand.

use super::acting::{Acting, NotDone};
use serde_json::{Map, Value};
use tradewind_connectors::events::OWN_EVENTS;
use tradewind_engine::events::{EVENT_VERSION_PLAIN, Event};
use tradewind_engine::ids::{ConnectionName, EventId};

/// Puts an event on the bus that no provider sent.
pub async fn trigger(
    ports: &Acting,
    name: &str,
    connection: Option<ConnectionName>,
    data: Map<String, Value>,
    test: bool,
) -> Result<EventId, NotDone> {
    let id = EventId(format!("evt_{}", ports.ids.random_hex()));
    trigger_as(ports, id, name, connection, data, test).await
}

/// As [`trigger`], under an id that is the same whenever the same thing is asked for again.
pub async fn trigger_as(
    ports: &Acting,
    id: EventId,
    name: &str,
    connection: Option<ConnectionName>,
    data: Map<String, Value>,
    test: bool,
) -> Result<EventId, NotDone> {
    if ports.catalog.event(name).is_none() || name == OWN_EVENTS {
        return Err(NotDone::NotFound(format!("event {name}")));
    }
    if name.starts_with("run.") {
        return Err(NotDone::Invalid("run events are made by runs".to_owned()));
    }
    let current = ports.deployed.current().await?;
    let event = Event {
        v: EVENT_VERSION_PLAIN,
        id,
        name: name.to_owned(),
        connection,
        provider: None,
        topic: None,
        accepted_at: ports.clock.now(),
        revision: Some(current.revision),
        test,
        data,
        raw: None,
        run: None,
        emitted: None,
        notes: Vec::new(),
    };
    ports.bus.publish(std::slice::from_ref(&event)).await?;
    Ok(event.id)
}
