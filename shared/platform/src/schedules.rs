//! Due times become events, each for the one workflow that has the schedule.
//!
//! Invariant: a due time is published before it is noted as published, under an id that follows from it, so
//! that whoever stops in between, or works beside another one, does it again and nothing happens twice.
//! Invariant: of what was missed, the newest due time alone is made up for.

use crate::deployed::Deployed;
use futures::StreamExt as _;
use futures::stream;
use std::sync::Arc;
use tradewind_engine::definitions::{Current, WorkflowHead};
use tradewind_engine::events::{EVENT_VERSION_PLAIN, Event};
use tradewind_engine::ports::{Bus, Clock, Events, Schedules, Unavailable};
use tradewind_engine::schedules::{SCHEDULE_FIRED, fired_data, fired_id};
use tradewind_engine::time::Timestamp;

/// How many workflows are seen to at the same time.
const AT_ONCE: usize = 16;

/// What firing needs.
pub struct Scheduling {
    /// What was applied.
    pub deployed: Arc<Deployed>,
    /// How far schedules have come.
    pub schedules: Arc<dyn Schedules>,
    /// The events.
    pub events: Arc<dyn Events>,
    /// Where events go.
    pub bus: Arc<dyn Bus>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// What a look at the schedules came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fired {
    /// Due times that were published.
    pub published: usize,
    /// When the next one is due, as far as is known.
    pub next_at: Option<Timestamp>,
}

/// Publishes what is due. What fails for one workflow holds up no other, and is done by the next call.
pub async fn fire(ports: &Scheduling) -> Result<Fired, Unavailable> {
    let current = &ports.deployed.current().await?;
    let now = ports.clock.now();
    let heads = current.workflows.iter();
    let scheduled: Vec<WorkflowHead> = heads.filter(|head| is_scheduled(head)).cloned().collect();
    let next_at = scheduled.iter().filter_map(|head| head.next_at(now)).min();
    let firing = scheduled.into_iter().map(|head| async move {
        let fired = fire_one(ports, current, &head, now).await;
        if let Err(unavailable) = &fired {
            tracing::error!(workflow.id = %head.id, error = %unavailable.logged(),
                "a due time could not be published");
        }
        usize::from(fired == Ok(true))
    });
    let published = stream::iter(firing).buffer_unordered(AT_ONCE);
    let published = published.fold(0, async |sum, one| sum + one).await;
    Ok(Fired { published, next_at })
}

fn is_scheduled(head: &WorkflowHead) -> bool {
    head.enabled && !head.deleted && head.event == SCHEDULE_FIRED
}

/// Whether a due time was published.
async fn fire_one(
    ports: &Scheduling,
    current: &Current,
    head: &WorkflowHead,
    now: Timestamp,
) -> Result<bool, Unavailable> {
    let Some(schedule) = &head.schedule else {
        // An older tradewind has written what holds without knowing of it.
        tracing::error!(workflow.id = %head.id, "a schedule is missing: apply the project again");
        return Ok(false);
    };
    let Some(due) = schedule.latest(now) else { return Ok(false) };
    let fired = ports.schedules.fired(&head.id).await?;
    // One that is still to come was published by a clock that was ahead, and says nothing of this one.
    if fired.is_some_and(|fired| due <= fired && fired <= now) {
        return Ok(false);
    }
    let event = event(current, head, due, now);
    let is_new = ports.events.read(&event.id).await?.is_none();
    if is_new {
        ports.bus.publish(std::slice::from_ref(&event)).await?;
    }
    // Where somebody else was faster, they published the same.
    ports.schedules.note_fired(&head.id, due, fired).await?;
    Ok(is_new)
}

fn event(current: &Current, head: &WorkflowHead, due: Timestamp, now: Timestamp) -> Event {
    Event {
        v: EVENT_VERSION_PLAIN,
        id: fired_id(&head.id, due),
        name: SCHEDULE_FIRED.to_owned(),
        connection: None,
        provider: None,
        topic: None,
        accepted_at: now,
        revision: Some(current.revision),
        test: false,
        data: fired_data(&head.id, due),
        raw: None,
        run: None,
        emitted: None,
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
