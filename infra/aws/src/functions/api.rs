//! The admin API, the health of the stage, and addresses below `/hooks` that no trigger endpoint takes. No
//! other path comes here: the gateway answers what is not there.

use super::Parts;
use super::secrets::HiddenSecrets;
use crate::grants::StageGrants;
use crate::store::Store;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use lambda_http::request::RequestContext;
use lambda_http::tower::ServiceExt as _;
use lambda_http::{Error, Request, RequestExt as _, service_fn};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tradewind_api::Api;
use tradewind_api::access::Strangers;
use tradewind_api::hooks::{Nowhere, Pace, nowhere};
use tradewind_connectors::catalog::catalog;
use tradewind_connectors::provider::Provider;
use tradewind_engine::ports::{Clock, Definitions as _, Unavailable};
use tradewind_engine::time::before;
use tradewind_platform::apply::Applying;
use tradewind_platform::dispatch::Dispatching;
use tradewind_platform::people::Acting;

/// The sweeper sees to due runs once a minute: one that was due so long ago says that it does not.
const UNSWEPT_AFTER: Duration = Duration::from_secs(300);

pub(super) async fn serve(parts: &Parts) -> Result<(), Error> {
    let router = &whole(parts)?;
    lambda_http::run(service_fn(async |mut request: Request| {
        if let Some(peer) = peer(&request) {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        Ok::<_, Error>(router.clone().oneshot(request).await?)
    }))
    .await
}

/// Who called, as API Gateway saw it.
fn peer(request: &Request) -> Option<SocketAddr> {
    let RequestContext::ApiGatewayV2(context) = request.request_context_ref()? else { return None };
    let address = context.http.source_ip.as_ref()?.parse().ok()?;
    Some(SocketAddr::new(address, 0))
}

fn whole(parts: &Parts) -> Result<Router, Error> {
    let api = Arc::new(api(parts)?);
    let health = Arc::new(Health { store: parts.store.clone(), clock: parts.clock.clone() });
    Ok(Router::new()
        .route("/health", get(healthy))
        .with_state(health)
        .merge(nowhere(Arc::new(strays(parts)?)))
        .merge(tradewind_api::router(api)))
}

fn api(parts: &Parts) -> Result<Api, Error> {
    let deployed = parts.deployed.clone();
    let journal = parts.journal()?;
    let catalog = Arc::new(catalog());
    let clock = parts.clock.clone();
    let stored = Arc::new(parts.store.clone());
    Ok(Api {
        acting: Acting {
            deployed: deployed.clone(),
            definitions: stored.clone(),
            runs: stored.clone(),
            dead_letters: Arc::new(parts.letters()?),
            jobs: stored.clone(),
            journal: journal.clone(),
            bus: Arc::new(parts.bus()?),
            catalog: catalog.clone(),
            clock: clock.clone(),
            ids: parts.ids.clone(),
        },
        applying: Applying {
            deployed: deployed.clone(),
            definitions: stored.clone(),
            catalog,
            allowed_hosts: parts.stage.allowed_hosts()?,
            served: parts.stage.served()?,
            clock: clock.clone(),
        },
        dispatching: Dispatching {
            deployed,
            journal,
            marks: stored.clone(),
            holds: stored.clone(),
            events: stored.clone(),
            runs: stored.clone(),
            clock,
        },
        events: stored.clone(),
        outbox: stored.clone(),
        audit: stored.clone(),
        replies: stored.clone(),
        backlog: Arc::new(parts.backlog()?),
        limits: parts.limits()?,
        refusals: stored.clone(),
        slots: stored,
        secrets: Arc::new(HiddenSecrets),
        grants: Arc::new(StageGrants::new(&parts.clients, &parts.stage, parts.clock.clone())?),
        // API Gateway lets through what is meant for it alone.
        hosts: None,
        strangers: Strangers::default(),
    })
}

/// What is below `/hooks` and at no endpoint of the stage.
fn strays(parts: &Parts) -> Result<Nowhere, Error> {
    let served = parts.stage.served()?;
    let providers = catalog().providers.into_iter();
    let taken = |one: &Arc<Provider>| one.trigger.is_some() && served.has_trigger(&one.id);
    Ok(Nowhere {
        deployed: parts.deployed.clone(),
        providers: providers.filter(taken).collect(),
        refusals: Arc::new(parts.store.clone()),
        pace: Pace::default(),
        clock: parts.clock.clone(),
    })
}

struct Health {
    store: Store,
    clock: Arc<dyn Clock>,
}

async fn healthy(State(health): State<Arc<Health>>) -> Response {
    match health.problem().await {
        Ok(None) => (StatusCode::OK, Json(json!({ "status": "ok" }))).into_response(),
        Ok(Some(problem)) => stalled(&problem),
        Err(unavailable) => stalled(&unavailable.to_string()),
    }
}

fn stalled(problem: &str) -> Response {
    let body = json!({ "status": "stalled", "problems": [problem] });
    (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
}

impl Health {
    async fn problem(&self) -> Result<Option<String>, Unavailable> {
        self.store.current().await?;
        let overdue = before(self.clock.now(), UNSWEPT_AFTER);
        let unswept = self.store.overdue(overdue, 1).await?;
        let minutes = UNSWEPT_AFTER.as_secs() / 60;
        Ok((unswept > 0).then(|| {
            format!("the sweeper is stalled: a run has been due for more than {minutes} minutes")
        }))
    }
}
