//! The refusals that many routes share, for the OpenAPI document.

use crate::types::ErrorBody;
use utoipa::IntoResponses;

/// What any route may answer.
#[expect(dead_code, reason = "only its schema is used")]
#[derive(IntoResponses)]
pub(crate) enum ReadRefusals {
    /// `query_invalid`: the query cannot be used.
    #[response(status = 400)]
    Invalid(ErrorBody),
    /// `unauthorized`: no token, one that there is not, or one that has expired.
    #[response(status = 401)]
    Unauthorized(ErrorBody),
    /// `host_refused`: the API is asked under a name that is not its own.
    #[response(status = 421)]
    HostRefused(ErrorBody),
    /// `unavailable`: a store does not answer; try again after `Retry-After`.
    #[response(status = 503)]
    Unavailable(ErrorBody),
}

/// What any route that changes something may answer.
#[expect(dead_code, reason = "only its schema is used")]
#[derive(IntoResponses)]
pub(crate) enum ChangeRefusals {
    /// The body cannot be read: `json_invalid`, `duplicate_key`, `unknown_field`, `field_invalid`
    /// and others.
    #[response(status = 400)]
    Invalid(ErrorBody),
    /// `unauthorized`: no token, one that there is not, or one that has expired.
    #[response(status = 401)]
    Unauthorized(ErrorBody),
    /// `scope_too_small`: the token may do less; or `origin_refused`: a page of another site asks.
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// `body_too_large`.
    #[response(status = 413)]
    TooLarge(ErrorBody),
    /// `content_type_unsupported` or `encoding_unsupported`: send plain `application/json`.
    #[response(status = 415)]
    Unsupported(ErrorBody),
    /// `host_refused`: the API is asked under a name that is not its own.
    #[response(status = 421)]
    HostRefused(ErrorBody),
    /// `unavailable`: a store does not answer; try again after `Retry-After`.
    #[response(status = 503)]
    Unavailable(ErrorBody),
}
