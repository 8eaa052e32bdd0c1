//! All routes together, and the document that is made from them.

use crate::api::Api;
use crate::errors::ApiError;
use crate::gate::{admit, at_own_host, require, seal};
use crate::idempotency::once;
use crate::request::{BODY_BYTES_MAX, PROJECT_BYTES_MAX};
use crate::routes;
use crate::types::Scope;
use axum::Extension;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;
use std::sync::Arc;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, OpenApi, PathItem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tradewind admin API",
        description = "What people and programs see and change of a running Tradewind.\n\n\
            Every request needs `Authorization: Bearer <token>`. Each token has a scope, and each \
            operation names the one it needs: `read` looks, `act` does what people do with runs and \
            events, `apply` changes project and workflows; each includes the one before. Any POST may \
            carry an `Idempotency-Key`: the same request with the same key is carried out once and answered \
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
    let mut closed = Router::new()
        .route("/api", any(routes::not_found))
        .route("/api/", any(routes::not_found))
        .route("/api/{*rest}", any(routes::not_found));
    for (scope, routes) in by_scope() {
        let (routes, _) = routes.split_for_parts();
        // A request that is not allowed holds no key.
        let routes = routes
            .route_layer(from_fn_with_state(api.clone(), once))
            .route_layer(from_fn(move |request, next| require(scope, request, next)));
        closed = closed.merge(routes);
    }
    let closed = closed
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(api.clone(), admit));
    let (open, _) = open().split_for_parts();
    let open = open
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(Extension(routes::document::MakeDocument(openapi)));
    open.merge(closed)
        .layer(from_fn_with_state(api.clone(), at_own_host))
        .layer(from_fn(seal))
        .with_state(api)
}

/// The OpenAPI document of the API.
pub fn openapi() -> OpenApi {
    let document = OpenApiRouter::with_openapi(<Document as utoipa::OpenApi>::openapi());
    let mut document = document.merge(open());
    for (scope, mut routes) in by_scope() {
        let paths = routes.get_openapi_mut().paths.paths.values_mut();
        paths.flat_map(operations).for_each(|operation| {
            operation.security = Some(vec![SecurityRequirement::new("token", [scope.as_str()])]);
        });
        document = document.merge(routes);
    }
    let mut document = document.into_openapi();
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = document.components.get_or_insert_with(Components::new);
    components.add_security_scheme("token", token);
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    [get, put, post, delete, options, head, patch, trace].into_iter().flatten()
}

/// What everybody may see.
fn open() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(routes::document::openapi_document))
}

/// All other routes, by what a token has to be allowed. There is no other way in, so that none is
/// without a scope.
fn by_scope() -> [(Scope, OpenApiRouter<Arc<Api>>); 3] {
    [(Scope::Read, reading()), (Scope::Act, acting()), (Scope::Apply, applying())]
}

fn reading() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(routes::status::show_status))
        .routes(routes!(routes::project::show_project))
        .routes(routes!(routes::workflows::list_workflows))
        .routes(routes!(routes::workflows::show_workflow))
        .routes(routes!(routes::runs::list_runs))
        .routes(routes!(routes::runs::show_run))
        .routes(routes!(routes::replays::show_replay))
        .routes(routes!(routes::events::list_events))
        .routes(routes!(routes::events::show_event))
        .routes(routes!(routes::dead_letters::list_dead_letters))
        .routes(routes!(routes::records::list_outbox))
        .routes(routes!(routes::records::list_endpoints))
        .routes(routes!(routes::records::list_refusals))
        .routes(routes!(routes::records::list_audit))
        .routes(routes!(routes::tokens::list_tokens))
}

fn acting() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(routes::workflows::pause_workflow))
        .routes(routes!(routes::workflows::resume_workflow))
        .routes(routes!(routes::acting::replay_run))
        .routes(routes!(routes::acting::cancel_run))
        .routes(routes!(routes::acting::resolve_run))
        .routes(routes!(routes::acting::approve_run))
        .routes(routes!(routes::replays::start_replay))
        .routes(routes!(routes::trigger::trigger_event))
        .routes(routes!(routes::trigger::start_again))
        .routes(routes!(routes::dead_letters::redrive_dead_letter))
        .routes(routes!(routes::dead_letters::dismiss_dead_letter))
}

fn applying() -> OpenApiRouter<Arc<Api>> {
    let large = OpenApiRouter::new()
        .routes(routes!(routes::project::apply_project))
        .layer(DefaultBodyLimit::max(PROJECT_BYTES_MAX));
    OpenApiRouter::new().merge(large).routes(routes!(routes::workflows::apply_workflow))
}
