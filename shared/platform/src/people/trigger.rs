//! Making an event by hand.

use super::acting::{Acting, NotDone};
use serde_json::{Map, Value};
use tradewind_connectors::events::OWN_EVENTS;
use tradewind_engine::definitions::Current;
use tradewind_engine::events::{EVENT_VERSION_PLAIN, Event};
use tradewind_engine::ids::{ConnectionName, EventId};
use tradewind_engine::schedules::{SCHEDULE_FIRED, fired_data, workflow_of};
use tradewind_engine::time::Timestamp;

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
    let data = match name {
        SCHEDULE_FIRED => due_now(&current, data, ports.clock.now())?,
        _ => data,
    };
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

/// What is due is for one workflow, so that has to be named.
fn due_now(
    current: &Current,
    data: Map<String, Value>,
    now: Timestamp,
) -> Result<Map<String, Value>, NotDone> {
    let Some(workflow) = workflow_of(&data) else {
        let message = "schedule.fired is for one workflow: name it in the data, as in \
            {\"schedule\": {\"workflow\": \"daily-report\"}}";
        return Err(NotDone::Invalid(message.to_owned()));
    };
    let mut heads = current.workflows.iter().filter(|head| !head.deleted);
    let head = heads.find(|head| head.id.as_str() == workflow && head.event == SCHEDULE_FIRED);
    let head = head.ok_or_else(|| NotDone::NotFound("workflow with that schedule".to_owned()))?;
    let due =
        data["schedule"].get("due_at").map(|due| due.as_str().and_then(|due| due.parse().ok()));
    match due {
        None => Ok(fired_data(&head.id, now)),
        Some(Some(due)) => Ok(fired_data(&head.id, due)),
        Some(None) => {
            let message = "schedule.due_at is a moment, as in 2026-12-24T08:00:00Z";
            Err(NotDone::Invalid(message.to_owned()))
        }
    }
}
