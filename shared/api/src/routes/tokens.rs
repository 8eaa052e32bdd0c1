//! The tokens of the API.

use super::{ReadRefusals, Shared};
use crate::errors::ApiError;
use crate::types::TokenList;
use axum::Json;
use axum::extract::State;

/// The tokens that open this API, by name; what they are is shown to nobody.
#[utoipa::path(
    get, path = "/api/tokens", tag = "records", operation_id = "list_tokens",
    responses((status = 200, description = "The tokens.", body = TokenList), ReadRefusals)
)]
pub(crate) async fn list_tokens(State(api): Shared) -> Result<Json<TokenList>, ApiError> {
    let known = api.grants.known().await;
    if let Some(unread) = known.unread {
        return Err(ApiError::Unavailable(unread));
    }
    let now = api.acting.clock.now();
    let mut tokens: Vec<_> = known.grants.iter().map(|grant| grant.summary(now)).collect();
    tokens.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Json(TokenList { tokens }))
}
