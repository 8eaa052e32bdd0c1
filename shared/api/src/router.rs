//! All routes together, and the document that is made from them.

use crate::api::Api;
use crate::errors::ApiError;
use crate::gate::{admit, seal};
use crate::idempotency::once;
use crate::request::{BODY_BYTES_MAX, PROJECT_BYTES_MAX};
use crate::routes;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;
use std::sync::Arc;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tradewind admin API",
        description = "What people and programs see and change of a running Tradewind.\n\n\
            Every request needs `Authorization: Bearer <token>`. Any POST may carry an \
            `Idempotency-Key`: the same request with the same key is carried out once and answered \
            the same. Errors are `{\"error\": {\"code\", \"message\"}}`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    security(("token" = [])),
    tags(
        (name = "project", description = "What is applied."),
        (name = "workflows", description = "Workflows and their versions."),
        (name = "runs", description = "Workflows at work on events."),
        (name = "events", description = "What happened."),
        (name = "dead letters", description = "Messages that were given up on."),
        (name = "records", description = "Looking things up."),
    )
)]
struct Document;

/// The API, at `/api/…`.
pub fn router(api: Arc<Api>) -> Router {
    let once = from_fn_with_state(api.clone(), once);
    let (closed, _) = closed().split_for_parts();
    let closed = closed
        .route("/api", any(routes::not_found))
        .route("/api/", any(routes::not_found))
        .route("/api/{*rest}", any(routes::not_found))
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(once)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(api.clone(), admit));
    let (open, _) = open().split_for_parts();
    let open = open.method_not_allowed_fallback(async || ApiError::MethodNotAllowed);
    open.merge(closed).layer(from_fn(seal)).with_state(api)
}

/// The OpenAPI document of the API.
pub fn openapi() -> OpenApi {
    let document = OpenApiRouter::with_openapi(<Document as utoipa::OpenApi>::openapi());
    let mut document = document.merge(open()).merge(closed()).into_openapi();
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = document.components.get_or_insert_with(Components::new);
    components.add_security_scheme("token", token);
    document
}

fn open() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(routes::document::openapi_document))
}

fn closed() -> OpenApiRouter<Arc<Api>> {
    let large = OpenApiRouter::new()
        .routes(routes!(routes::project::show_project, routes::project::apply_project))
        .layer(DefaultBodyLimit::max(PROJECT_BYTES_MAX));
    OpenApiRouter::new()
        .routes(routes!(routes::status::show_status))
        .merge(large)
        .routes(routes!(routes::workflows::list_workflows))
        .routes(routes!(routes::workflows::show_workflow, routes::workflows::apply_workflow))
        .routes(routes!(routes::workflows::pause_workflow))
        .routes(routes!(routes::workflows::resume_workflow))
        .routes(routes!(routes::runs::list_runs))
        .routes(routes!(routes::runs::show_run))
        .routes(routes!(routes::acting::replay_run))
        .routes(routes!(routes::acting::cancel_run))
        .routes(routes!(routes::acting::resolve_run))
        .routes(routes!(routes::replays::start_replay))
        .routes(routes!(routes::replays::show_replay))
        .routes(routes!(routes::events::list_events, routes::trigger::trigger_event))
        .routes(routes!(routes::events::show_event))
        .routes(routes!(routes::trigger::start_again))
        .routes(routes!(routes::dead_letters::list_dead_letters))
        .routes(routes!(routes::dead_letters::redrive_dead_letter))
        .routes(routes!(routes::records::list_outbox))
        .routes(routes!(routes::records::list_endpoints))
        .routes(routes!(routes::records::list_refusals))
        .routes(routes!(routes::records::list_audit))
}
