//! Looking things up: the outbox, the endpoints, refused deliveries, the audit log.

use super::dead_letters::ListQuery;
use super::{ReadRefusals, Shared};
use crate::errors::ApiError;
use crate::request::{Params, limit};
use crate::types::{
    AuditLine, AuditList, Endpoint, EndpointList, OutboxEntry, OutboxList, RefusalList,
    RefusedDelivery,
};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tradewind_engine::ids::RunId;
use tradewind_platform::endpoints::endpoints;
use utoipa::IntoParams;

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutboxQuery {
    /// Of this run.
    run: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
}

/// What sandbox connections were asked to do, the newest first.
#[utoipa::path(
    get, path = "/api/outbox", tag = "records", operation_id = "list_outbox", params(OutboxQuery),
    responses((status = 200, description = "The outbox.", body = OutboxList), ReadRefusals)
)]
pub(crate) async fn list_outbox(
    State(api): Shared,
    Params(query): Params<OutboxQuery>,
) -> Result<Json<OutboxList>, ApiError> {
    let run = query.run.map(RunId);
    let entries = api.outbox.list(run.as_ref(), limit(query.limit)?).await?;
    Ok(Json(OutboxList { outbox: entries.into_iter().map(OutboxEntry::from).collect() }))
}

/// The places where webhooks come in, and what is missing where one is not ready.
#[utoipa::path(
    get, path = "/api/endpoints", tag = "records", operation_id = "list_endpoints",
    responses((status = 200, description = "The endpoints.", body = EndpointList), ReadRefusals)
)]
pub(crate) async fn list_endpoints(State(api): Shared) -> Result<Json<EndpointList>, ApiError> {
    let current = api.acting.definitions.current().await?;
    let own = api.acting.deployed.own_providers(&current).await?;
    let catalog = own.within(&api.acting.catalog);
    let all = endpoints(&current, &catalog, &*api.secrets).await;
    let project = current.project.as_ref();
    let public_url = project.and_then(|project| project.public_url.as_deref());
    let endpoints = all.into_iter().map(|one| Endpoint::new(one, public_url)).collect();
    Ok(Json(EndpointList { endpoints }))
}

/// Refused deliveries, the newest first. Only the newest are kept, and nothing of their content.
///
/// Once a minute it is said here too who was not let in to this API.
#[utoipa::path(
    get, path = "/api/refusals", tag = "records", operation_id = "list_refusals", params(ListQuery),
    responses((status = 200, description = "The refusals.", body = RefusalList), ReadRefusals)
)]
pub(crate) async fn list_refusals(
    State(api): Shared,
    Params(query): Params<ListQuery>,
) -> Result<Json<RefusalList>, ApiError> {
    let refused = api.refusals.list(limit(query.limit)?).await?;
    Ok(Json(RefusalList { refusals: refused.into_iter().map(RefusedDelivery::from).collect() }))
}

/// The changes made through this API, the newest first.
#[utoipa::path(
    get, path = "/api/audit", tag = "records", operation_id = "list_audit", params(ListQuery),
    responses((status = 200, description = "The changes.", body = AuditList), ReadRefusals)
)]
pub(crate) async fn list_audit(
    State(api): Shared,
    Params(query): Params<ListQuery>,
) -> Result<Json<AuditList>, ApiError> {
    let lines = api.audit.list(limit(query.limit)?).await?;
    Ok(Json(AuditList { audit: lines.into_iter().map(AuditLine::from).collect() }))
}
