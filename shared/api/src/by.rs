//! Whose token came with a request.

use crate::access::Grant;
use crate::errors::ApiError;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::sync::Arc;

/// Whose token came with the request.
#[derive(Clone)]
pub(crate) struct By(pub(crate) Arc<Grant>);

impl<S: Send + Sync> FromRequestParts<S> for By {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        // Whoever got in has one.
        parts.extensions.get::<Self>().cloned().ok_or(ApiError::Unauthorized)
    }
}
