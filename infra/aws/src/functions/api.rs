//! The admin API, the health of the stage, and every path that no trigger endpoint has.

use super::Parts;
use super::secrets::HiddenSecrets;
use crate::clients::unavailable;
use crate::store::Store;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use lambda_http::tower::ServiceExt as _;
use lambda_http::{Error, Request, service_fn};
use secrecy::SecretString;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use tradewind_api::Api;
use tradewind_api::hooks::{self, Hooks, Pace, Roomy, Rows};
use tradewind_connectors::catalog::catalog;
use tradewind_engine::ports::{Clock, Definitions as _, Runs as _, Unavailable};
use tradewind_engine::time::before;
use tradewind_platform::apply::Applying;
use tradewind_platform::dispatch::Dispatching;
use tradewind_platform::people::Acting;

/// The sweeper sees to due runs once a minute: one that was due so long ago says that it does not.
const UNSWEPT_AFTER: Duration = Duration::from_secs(300);

pub(super) async fn serve(parts: &Parts) -> Result<(), Error> {
    // Made with the first request: where the token cannot be read, that request fails and the next one
    // tries again, while a function that fails to start is kept from starting.
    let router = OnceCell::new();
    let router = &router;
    lambda_http::run(service_fn(async |request: Request| {
        let router = router.get_or_try_init(|| whole(parts)).await.inspect_err(|error| {
            tracing::error!(error, "the API cannot be served");
        })?;
        Ok::<_, Error>(router.clone().oneshot(request).await?)
    }))
    .await
}

async fn whole(parts: &Parts) -> Result<Router, Error> {
    let api = Arc::new(api(parts).await?);
    // It knows no provider: whatever looks like a hook and comes here is one that does not exist.
    let hooks = Arc::new(Hooks {
        receiving: parts.receiving(Arc::new(HiddenSecrets))?,
        providers: Vec::new(),
        refusals: Arc::new(parts.store.clone()),
        rows: Rows::default(),
        pace: Pace::default(),
        room: Arc::new(Roomy),
        clock: parts.clock.clone(),
    });
    let health = Arc::new(Health { store: parts.store.clone(), clock: parts.clock.clone() });
    Ok(Router::new()
        .route("/health", get(healthy))
        .with_state(health)
        .merge(hooks::router(hooks))
        .merge(tradewind_api::router(api)))
}

async fn api(parts: &Parts) -> Result<Api, Error> {
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
            clock: clock.clone(),
        },
        dispatching: Dispatching { deployed, journal, clock },
        events: stored.clone(),
        outbox: stored.clone(),
        audit: stored.clone(),
        replies: stored.clone(),
        refusals: stored,
        secrets: Arc::new(HiddenSecrets),
        token: token(parts).await?,
    })
}

/// The token is made with the stack; a changed one holds from the next start of the function.
async fn token(parts: &Parts) -> Result<SecretString, Error> {
    let secret = parts.stage.api_token_secret()?;
    let client = parts.clients.secrets_manager();
    let read = client.get_secret_value().secret_id(secret).send().await;
    let read = read.map_err(|failed| unavailable("Secrets Manager", &failed))?;
    Ok(SecretString::from(read.secret_string().unwrap_or_default().to_owned()))
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
        let unswept = self.store.due(overdue, None, 1).await?;
        let minutes = UNSWEPT_AFTER.as_secs() / 60;
        Ok((!unswept.is_empty()).then(|| {
            format!("the sweeper is stalled: a run has been due for more than {minutes} minutes")
        }))
    }
}
