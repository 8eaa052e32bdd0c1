//! Messages that were given up on.

use super::{By, ChangeRefusals, ReadRefusals, Shared};
use crate::errors::ApiError;
use crate::request::{Id, Params, limit};
use crate::types::{DeadLetter, DeadLetterList, Dismissed, ErrorBody, Redriven};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tradewind_platform::people::{dismiss, redrive};
use utoipa::IntoParams;

/// How many.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// At most so many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<usize>,
}

/// The dead letters, the newest first, without what they carry.
#[utoipa::path(
    get, path = "/api/dead-letters", tag = "dead letters", operation_id = "list_dead_letters",
    params(ListQuery),
    responses((status = 200, description = "The letters.", body = DeadLetterList), ReadRefusals)
)]
pub(crate) async fn list_dead_letters(
    State(api): Shared,
    Params(query): Params<ListQuery>,
) -> Result<Json<DeadLetterList>, ApiError> {
    let letters = api.acting.dead_letters.list(limit(query.limit)?).await?;
    Ok(Json(DeadLetterList { dead_letters: letters.into_iter().map(DeadLetter::from).collect() }))
}

/// Send a dead letter back to its queue.
///
/// The letter of a run that stopped asks for its replay. A delivery that could not be read is read
/// again; its letter stays while that fails.
#[utoipa::path(
    post, path = "/api/dead-letters/{id}/redrive", tag = "dead letters",
    operation_id = "redrive_dead_letter",
    params(
        ("id" = String, Path, description = "The letter."),
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once."),
    ),
    responses(
        (status = 202, description = "It is on its way.", body = Redriven),
        (status = 404, description = "`not_found`: never there, or sent back before.",
            body = ErrorBody),
        (status = 409, description = "`in_progress`: with this key; or `payload_redacted`.",
            body = ErrorBody),
        (status = 422, description = "`payload_invalid`: it can still not be read; or \
            `idempotency_mismatch`.", body = ErrorBody),
        ChangeRefusals,
    )
)]
pub(crate) async fn redrive_dead_letter(
    State(api): Shared,
    by: By,
    Id(id): Id,
) -> Result<(StatusCode, Json<Redriven>), ApiError> {
    redrive(&api.acting, &*api.events, &id).await?;
    api.record_change(&by, "dead_letter.redrive", &id, "").await;
    Ok((StatusCode::ACCEPTED, Json(Redriven { id })))
}

/// Remove a dead letter.
///
/// Its alarm ends with it. What it told of stays as it is: a run that stopped is still found by its
/// state and can be taken up again.
#[utoipa::path(
    post, path = "/api/dead-letters/{id}/dismiss", tag = "dead letters",
    operation_id = "dismiss_dead_letter",
    params(
        ("id" = String, Path, description = "The letter."),
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once."),
    ),
    responses(
        (status = 200, description = "It is gone.", body = Dismissed),
        (status = 404, description = "`not_found`: never there, or dismissed or sent back before.",
            body = ErrorBody),
        (status = 409, description = "`in_progress`: with this key.", body = ErrorBody),
        (status = 422, description = "`idempotency_mismatch`.", body = ErrorBody),
        ChangeRefusals,
    )
)]
pub(crate) async fn dismiss_dead_letter(
    State(api): Shared,
    by: By,
    Id(id): Id,
) -> Result<Json<Dismissed>, ApiError> {
    dismiss(&*api.acting.dead_letters, &id).await?;
    api.record_change(&by, "dead_letter.dismiss", &id, "").await;
    Ok(Json(Dismissed { id }))
}
