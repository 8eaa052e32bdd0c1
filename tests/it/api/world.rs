//! A project that is applied, and the API over it.

use crate::fakes::CountingIds;
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;
use tradewind_api::Api;
use tradewind_api::access::{
    Grant, Grants, OwnHosts, ReadableGrants, Strangers, TokenDigest, TokenName,
};
use tradewind_api::types::Scope;
use tradewind_connectors::catalog::catalog;
use tradewind_engine::ids::ProviderId;
use tradewind_engine::ports::{Clock, SecretText, Secrets, Unavailable};
use tradewind_engine::time::after;
use tradewind_memory::{Atomicity, Memory, MemoryLimits, MemoryRefusals, VirtualClock};
use tradewind_platform::apply::Applying;
use tradewind_platform::deployed::{CURRENT_FOR, Deployed};
use tradewind_platform::dispatch::Dispatching;
use tradewind_platform::people::Acting;

pub(super) const TOKEN: &str = "open-sesame";
/// Tokens by what they may do; the names are those of their scopes.
pub(super) const SMALLER: [(&str, Scope); 2] = [("tw_read", Scope::Read), ("tw_act", Scope::Act)];
/// Stands in everything that is secret; no answer may hold it.
pub(super) const CANARY: &str = "canary-4711";
pub(super) const WORKFLOW: &str = "mail/confirmation";
/// The same in a path.
pub(super) const WORKFLOW_IN_PATH: &str = "mail%2Fconfirmation";

pub(super) const PROJECT: &str = "\
connections:
  shop:
    provider: commercelayer
    organization: acme
    client_id: ${{ env.CL_CLIENT_ID }}
    client_secret: ${{ secret.cl_client }}
    webhook_secret: ${{ secret.cl_webhook }}
  other_shop:
    provider: commercelayer
    webhook_secret: ${{ secret.not_set }}
  mail:
    provider: sandbox
public_url: https://automation.example.com
";

pub(super) const SOURCE: &str = "\
name: Order confirmation
trigger:
  event: order.placed
  from: shop
  once_per: trigger.order.id
if: not trigger.test
steps:
  - id: confirm
    name: Email the customer
    uses: email.send
    via: mail
    with:
      to: ana@example.com
      subject: Order ${{ trigger.order.number }}
      text: Thank you.
  - id: tell
    uses: chat.post
    via: mail
    with:
      text: Order ${{ trigger.order.number }}
";

/// The API and what stands behind it.
pub(super) struct World {
    pub(super) clock: VirtualClock,
    pub(super) memory: Arc<Memory>,
    pub(super) router: Router,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl World {
    /// Nothing is applied.
    pub(super) fn empty() -> Self {
        Self::with(|_| {})
    }

    /// Nothing is applied, and `change` was made to the ports.
    pub(super) fn with(change: impl FnOnce(&mut Api)) -> Self {
        let clock = VirtualClock::new("2026-11-23T12:00:00Z".parse().unwrap());
        let memory = Arc::new(Memory::new(Arc::new(clock.clone()), Atomicity::WholeList));
        let mut api = api(&memory, &clock);
        change(&mut api);
        Self { router: tradewind_api::router(Arc::new(api)), clock, memory }
    }

    /// The project is applied.
    pub(super) async fn applied() -> Self {
        let world = Self::empty();
        let answer = world.call("PUT", "/api/project", project(SOURCE)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        world
    }

    pub(super) fn dispatching(&self) -> Dispatching {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let deployed = Arc::new(Deployed::new(self.memory.clone(), clock.clone(), CURRENT_FOR));
        let memory = || self.memory.clone();
        Dispatching {
            deployed,
            journal: memory(),
            marks: memory(),
            runs: memory(),
            holds: memory(),
            events: memory(),
            clock,
        }
    }

    pub(super) fn pass(&self, by: Duration) {
        self.clock.advance_to(after(self.clock.now(), by));
    }

    /// Calls with the token and a JSON body; null is no body.
    pub(super) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call_with(method, path, &[], body).await
    }

    /// The same with more headers.
    pub(super) async fn call_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        let bearer = format!("Bearer {TOKEN}");
        let mut all = vec![("authorization", bearer.as_str())];
        let text = if body.is_null() { String::new() } else { body.to_string() };
        if !text.is_empty() {
            all.push(("content-type", "application/json"));
        }
        all.extend(headers);
        self.send(method, path, &all, text).await
    }

    /// Calls with these headers and no other.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        self.send_to("localhost:8080", method, path, headers, body).await
    }

    /// The same under that name.
    pub(super) async fn send_to(
        &self,
        host: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        self.send_from(None, host, method, path, headers, body).await
    }

    /// The same from that address.
    pub(super) async fn send_from(
        &self,
        peer: Option<ConnectInfo<SocketAddr>>,
        host: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in [("host", host)].iter().chain(headers) {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body.into()).unwrap();
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(!text.contains(CANARY), "{method} {path}: {text}");
        assert_eq!(parts.headers["cache-control"], "no-store", "{method} {path}");
        assert_eq!(parts.headers["x-content-type-options"], "nosniff", "{method} {path}");
        assert!(!parts.headers.contains_key("access-control-allow-origin"));
        Answer { status: parts.status, headers: parts.headers, text }
    }
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// Status and code of a refusal, such as `409 run_active`.
    pub(super) fn refusal(&self) -> String {
        let json = self.json();
        format!("{} {}", self.status.as_u16(), json["error"]["code"].as_str().unwrap_or("none"))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The body that applies the project with this text of its workflow.
pub(super) fn project(source: &str) -> Value {
    json!({
        "project": PROJECT,
        "workflows": { WORKFLOW: source },
        "env": { "CL_CLIENT_ID": "id" },
    })
}

fn api(memory: &Arc<Memory>, clock: &VirtualClock) -> Api {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let deployed = Arc::new(Deployed::new(memory.clone(), clock.clone(), CURRENT_FOR));
    let catalog = Arc::new(catalog());
    Api {
        acting: Acting {
            deployed: deployed.clone(),
            definitions: memory.clone(),
            runs: memory.clone(),
            dead_letters: memory.clone(),
            journal: memory.clone(),
            jobs: memory.clone(),
            bus: memory.clone(),
            catalog: catalog.clone(),
            clock: clock.clone(),
            ids: Arc::new(CountingIds::default()),
        },
        applying: Applying {
            deployed: deployed.clone(),
            definitions: memory.clone(),
            catalog,
            allowed_hosts: Default::default(),
            served: Default::default(),
            clock: clock.clone(),
        },
        dispatching: Dispatching {
            deployed,
            journal: memory.clone(),
            marks: memory.clone(),
            holds: memory.clone(),
            events: memory.clone(),
            runs: memory.clone(),
            clock,
        },
        events: memory.clone(),
        outbox: memory.clone(),
        audit: memory.clone(),
        replies: memory.clone(),
        backlog: memory.clone(),
        slots: memory.clone(),
        limits: Arc::new(MemoryLimits::default()),
        refusals: Arc::new(MemoryRefusals::default()),
        secrets: Arc::new(OneSecret),
        grants: Arc::new(FixedGrants::new()),
        hosts: Some(OwnHosts::new(IpAddr::V4(Ipv4Addr::LOCALHOST), Vec::new())),
        strangers: Strangers::default(),
    }
}

/// Tokens that stay as they are.
pub(super) struct FixedGrants(pub(super) ReadableGrants);

impl FixedGrants {
    fn new() -> Self {
        let own = Grant::own(TokenName::local(), TOKEN).unwrap();
        let smaller = SMALLER.map(|(token, scope)| Grant {
            name: TokenName::new(&format!("for-{}", scope.as_str())).unwrap(),
            scope,
            sha256: TokenDigest::of(token),
            created_at: None,
            expires_at: None,
        });
        let grants = std::iter::once(own).chain(smaller).collect();
        Self(ReadableGrants { grants, unread: None })
    }
}

#[async_trait]
impl Grants for FixedGrants {
    async fn known(&self) -> ReadableGrants {
        self.0.clone()
    }
}

/// Only `cl_webhook` is set.
struct OneSecret;

#[async_trait]
impl Secrets for OneSecret {
    async fn read(
        &self,
        _provider: &ProviderId,
        name: &str,
        _fresh: bool,
    ) -> Result<Option<SecretText>, Unavailable> {
        Ok((name == "cl_webhook").then(|| SecretText::from(CANARY)))
    }
}
