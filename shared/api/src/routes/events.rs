//! Looking at events.

use super::{ReadRefusals, Shared};
use crate::api::Api;
use crate::errors::ApiError;
use crate::request::{Id, Params, limit};
use crate::types::{
    ErrorBody, EventDetail, EventList, EventSummary, LeftOut, Verdict, VerdictKind, WentOn,
};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tradewind_engine::events::EventRecord;
use tradewind_engine::ids::EventId;
use tradewind_engine::marks::{MarkKey, Marked};
use utoipa::IntoParams;

/// Which events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventQuery {
    /// Accepted before this event: `next` of the page before.
    before: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
}

/// The events, the newest first, without their data.
#[utoipa::path(
    get, path = "/api/events", tag = "events", operation_id = "list_events", params(EventQuery),
    responses((status = 200, description = "The events.", body = EventList), ReadRefusals)
)]
pub(crate) async fn list_events(
    State(api): Shared,
    Params(query): Params<EventQuery>,
) -> Result<Json<EventList>, ApiError> {
    let limit = limit(query.limit)?;
    let before = query.before.map(EventId);
    let page = api.events.list(before.as_ref(), limit).await?;
    let left_out = LeftOut::of(page.hidden_counts());
    let events = page.iter().map(EventSummary::from).collect();
    Ok(Json(EventList { events, next: page.next.map(|event| event.0), left_out }))
}

/// One event with its data, and what every workflow made of it.
#[utoipa::path(
    get, path = "/api/events/{id}", tag = "events", operation_id = "show_event",
    params(("id" = String, Path, description = "The event.")),
    responses(
        (status = 200, description = "The event.", body = EventDetail),
        (status = 404, description = "`not_found`: unknown, or not yet given to the workflows.",
            body = ErrorBody),
        ReadRefusals,
    )
)]
pub(crate) async fn show_event(
    State(api): Shared,
    Id(id): Id,
) -> Result<Json<EventDetail>, ApiError> {
    let record = record(&api, &id).await?;
    let mut event = EventSummary::from(&record);
    add_those_that_went_on(&api, &record, &mut event).await?;
    Ok(Json(EventDetail { event, data: record.event.data }))
}

/// Each such run has left a mark, whether it waited when the event came or looked back for it later.
async fn add_those_that_went_on(
    api: &Api,
    record: &EventRecord,
    event: &mut EventSummary,
) -> Result<(), ApiError> {
    let is_awaited = |verdict: &&mut Verdict| verdict.decision == VerdictKind::Awaited;
    if !event.verdicts.iter_mut().any(|verdict| is_awaited(&verdict)) {
        return Ok(());
    }
    let key = MarkKey::went_on(&record.event.id);
    for mark in api.dispatching.marks.marks(&key).await? {
        let Marked::Step { run, path, .. } = mark.of else { continue };
        let Some(known) = api.acting.runs.read(&run).await? else { continue };
        let mut awaited = event.verdicts.iter_mut().filter(is_awaited);
        if let Some(verdict) = awaited.find(|one| one.workflow == known.workflow.as_str()) {
            verdict.went_on.push(WentOn { run: run.root().0, step: path.0 });
        }
    }
    Ok(())
}

/// The event with what became of it.
pub(super) async fn record(api: &Api, id: &str) -> Result<EventRecord, ApiError> {
    let record = api.events.read(&EventId(id.to_owned())).await?;
    record.ok_or_else(|| ApiError::NotFound(format!("event {id}")))
}
