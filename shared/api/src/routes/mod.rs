//! One function for each method of each path: read, ask the use case, answer.

pub(crate) mod acting;
pub(crate) mod dead_letters;
pub(crate) mod document;
pub(crate) mod events;
pub(crate) mod project;
pub(crate) mod records;
mod refusals;
pub(crate) mod replays;
pub(crate) mod runs;
pub(crate) mod status;
pub(crate) mod steps;
pub(crate) mod tokens;
pub(crate) mod trigger;
mod turn;
pub(crate) mod workflows;

use crate::api::Api;
use crate::by::By;
use crate::errors::ApiError;
use axum::extract::State;
use axum::http::{HeaderName, header};
use refusals::{ChangeRefusals, ReadRefusals};
use std::sync::Arc;

/// What every route works with.
type Shared = State<Arc<Api>>;

/// No such path.
pub(crate) async fn not_found() -> ApiError {
    ApiError::NotFound("such path".to_owned())
}

/// The header that names a version.
fn etag(version: u64) -> [(HeaderName, String); 1] {
    [(header::ETAG, format!("\"{version}\""))]
}
