//! Making an event by hand, and starting a workflow on an event again.

use super::events::record;
use super::workflows::head;
use super::{By, ChangeRefusals, Shared};
use crate::api::Api;
use crate::errors::ApiError;
use crate::idempotency::RequestKey;
use crate::request::{Id, Strict};
use crate::types::{
    ErrorBody, EventAccepted, RepeatedEffect, StartAgain, StartedAgain, TriggerEvent,
};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use std::collections::BTreeSet;
use tradewind_engine::definitions::Current;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::problems::nearest;
use tradewind_engine::protocol::Objection;
use tradewind_platform::people;
use tradewind_platform::people::again::again;

/// Make an event that no provider sent.
///
/// It goes the way of every event: it starts the workflows that wait for it.
#[utoipa::path(
    post, path = "/api/events", tag = "events", operation_id = "trigger_event",
    params(("Idempotency-Key" = Option<String>, Header, description = "Carried out once.")),
    request_body = TriggerEvent,
    responses(
        (status = 202, description = "It is on its way.", body = EventAccepted),
        (status = 409, description = "`in_progress`: with this key.", body = ErrorBody),
        (status = 422, description = "`unknown_event`, `unknown_connection`, `connection_needed`, \
            `request_invalid` or `idempotency_mismatch`.", body = ErrorBody),
        ChangeRefusals,
    )
)]
pub(crate) async fn trigger_event(
    State(api): Shared,
    by: By,
    key: Option<Extension<RequestKey>>,
    Strict(body): Strict<TriggerEvent>,
) -> Result<(StatusCode, Json<EventAccepted>), ApiError> {
    let TriggerEvent { event, connection, data, test } = body;
    check_event(&api, &event)?;
    let connection = connection_of(&api, &event, connection).await?;
    let detail = connection.as_ref().map_or_else(String::new, |one| format!("through {one}"));
    let acting = &api.acting;
    let id = match key {
        // A repetition whose first answer was lost is the same event.
        Some(Extension(key)) => {
            people::trigger_as(acting, key.event_id(), &event, connection, data, test).await?
        }
        None => people::trigger(acting, &event, connection, data, test).await?,
    };
    api.record_change(&by, "event.trigger", id.as_str(), format!("{event} {detail}").trim_end())
        .await;
    Ok((StatusCode::ACCEPTED, Json(EventAccepted { event_id: id.0 })))
}

/// Start a workflow on an event again, although its effects may have happened before.
#[utoipa::path(
    post, path = "/api/events/{id}/runs", tag = "events", operation_id = "start_again",
    params(
        ("id" = String, Path, description = "The event."),
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once."),
    ),
    request_body = StartAgain,
    responses(
        (status = 202, description = "The run, and the effects that it repeats.", body = StartedAgain),
        (status = 404, description = "`not_found`: the event or the workflow.", body = ErrorBody),
        (status = 409, description = "`run_active`, `payload_redacted` or `too_often`.",
            body = ErrorBody),
        (status = 422, description = "`event_unfit`: the workflow waits for other events, or its \
            `once_per` cannot be evaluated; or `idempotency_mismatch`.", body = ErrorBody),
        ChangeRefusals,
    )
)]
pub(crate) async fn start_again(
    State(api): Shared,
    by: By,
    Id(id): Id,
    Strict(body): Strict<StartAgain>,
) -> Result<(StatusCode, Json<StartedAgain>), ApiError> {
    let record = record(&api, &id).await?;
    let head = head(&api, &body.workflow).await?;
    if record.redacted_at.is_some() {
        return Err(ApiError::Objection(Objection::Redacted));
    }
    let event = record.event;
    if !head.waits_for(&event) {
        let message = format!("{} waits for other events", head.id);
        return Err(ApiError::Senseless("event_unfit", message));
    }
    let started = again(&api.dispatching, &*api.acting.runs, &event, &head).await?;
    let detail = format!(
        "event {id}, workflow {}, generation {}: {} effects repeated",
        head.id,
        started.generation,
        started.repeats.len()
    );
    api.record_change(&by, "event.run_again", started.run.as_str(), detail).await;
    let repeats = started.repeats.into_iter().map(RepeatedEffect::from).collect();
    let started = StartedAgain { run_id: started.run.0, generation: started.generation, repeats };
    Ok((StatusCode::ACCEPTED, Json(started)))
}

fn check_event(api: &Api, event: &str) -> Result<(), ApiError> {
    if api.acting.catalog.event(event).is_some() {
        return Ok(());
    }
    let nearest = nearest(event, api.acting.catalog.events.iter().map(|kind| kind.name));
    let help = nearest.map(|one| format!(", did you mean {one}?")).unwrap_or_default();
    Err(ApiError::Senseless("unknown_event", format!("there is no such event{help}")))
}

/// The connection that was named, or the one that all who wait for the event name.
async fn connection_of(
    api: &Api,
    event: &str,
    named: Option<String>,
) -> Result<Option<ConnectionName>, ApiError> {
    let current = api.acting.definitions.current().await?;
    let Some(named) = named.map(ConnectionName) else { return awaited(&current, event) };
    let project = current.project.as_ref();
    if project.is_some_and(|project| project.connections.contains_key(&named)) {
        return Ok(Some(named));
    }
    let message = "tradewind.yaml has no such connection".to_owned();
    Err(ApiError::Senseless("unknown_connection", message))
}

fn awaited(current: &Current, event: &str) -> Result<Option<ConnectionName>, ApiError> {
    let heads = current.workflows.iter().filter(|head| !head.deleted && head.event == event);
    let names: BTreeSet<&ConnectionName> = heads.filter_map(|head| head.from.as_ref()).collect();
    let mut names = names.into_iter();
    match (names.next(), names.next()) {
        (Some(first), Some(second)) => Err(ApiError::Senseless(
            "connection_needed",
            format!("workflows wait for it from {first} and {second}: name the connection"),
        )),
        (only, _) => Ok(only.cloned()),
    }
}
