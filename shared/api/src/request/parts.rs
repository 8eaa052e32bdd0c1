//! What stands around the body: path, query, headers.

use crate::errors::ApiError;
use crate::types::{LIST_DEFAULT, LIST_MAX};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::header;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// The id in a path, percent-decoded.
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let id = Path::<String>::from_request_parts(parts, state).await;
        // Nothing has an id that is not UTF-8.
        id.map(|Path(id)| Self(id)).map_err(|_| ApiError::NotFound("such path".to_owned()))
    }
}

/// The query, in which no parameter is unknown.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => Err(ApiError::QueryInvalid(rejection.body_text())),
        }
    }
}

/// How long a list may be.
pub(crate) fn limit(asked: Option<usize>) -> Result<usize, ApiError> {
    match asked.unwrap_or(LIST_DEFAULT) {
        limit @ 1..=LIST_MAX => Ok(limit),
        _ => Err(ApiError::QueryInvalid(format!("`limit` must be 1 to {LIST_MAX}"))),
    }
}

/// What the caller has seen, from `If-Match`: nothing where any version will do.
pub(crate) struct ExpectedRevision(pub(crate) Option<u64>);

impl<S: Send + Sync> FromRequestParts<S> for ExpectedRevision {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let Some(tag) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let tag = tag.to_str().unwrap_or_default().trim();
        if tag == "*" {
            return Ok(Self(None));
        }
        let number = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag);
        // A tag that was never given out fits no version.
        number.parse().map(|seen| Self(Some(seen))).map_err(|_| ApiError::VersionConflict)
    }
}
