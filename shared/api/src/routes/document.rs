//! The OpenAPI document.

use crate::router::openapi;
use axum::http::header;
use axum::response::IntoResponse;
use std::sync::OnceLock;

/// This document.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "records", operation_id = "openapi", security(()),
    responses((status = 200, description = "The OpenAPI document.", body = Object))
)]
pub(crate) async fn openapi_document() -> impl IntoResponse {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| openapi().to_json().expect("the document is plain data"));
    ([(header::CONTENT_TYPE, "application/json")], text.as_str())
}
