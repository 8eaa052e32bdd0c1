//! The OpenAPI document.

use axum::Extension;
use axum::http::header;
use axum::response::IntoResponse;
use std::sync::OnceLock;
use utoipa::openapi::OpenApi;

/// What makes the document: the router, which knows all routes.
#[derive(Clone, Copy)]
pub(crate) struct MakeDocument(pub(crate) fn() -> OpenApi);

/// This document.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "records", operation_id = "openapi", security(()),
    responses((status = 200, description = "The OpenAPI document.", body = Object))
)]
pub(crate) async fn openapi_document(
    Extension(MakeDocument(openapi)): Extension<MakeDocument>,
) -> impl IntoResponse {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| openapi().to_json().expect("the document is plain data"));
    ([(header::CONTENT_TYPE, "application/json")], text.as_str())
}
