//! One stage that all scenarios share, so that their waits overlap. Each brings its own connections
//! and workflows; the project is all of them together.

use crate::app::Hook;
use crate::stack::Stack;
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Deref;
use tokio::sync::{Mutex, RwLock};

/// The secret that Commerce Layer signs by.
pub(crate) const WEBHOOK_SECRET: &str = "hush";
/// What stands for the scenario's name in its files: `NAME_shop`.
const NAME: &str = "NAME";
const SERVICES: &str = "SERVICES";

/// The connections of a shop, with its services at the address that stands for SERVICES.
const CONNECTIONS: &str = "
  NAME_shop:
    provider: commercelayer
    client_id: id-1
    client_secret: ${{ secret.cl_client }}
    webhook_secret: ${{ secret.cl_webhook }}
    base_url: SERVICES
    auth_url: SERVICES
    rate_limit: { calls: 100000, per: 1s }
  NAME_mail:
    provider: sendgrid
    api_key: ${{ secret.NAME }}
    from: shop@example.com
    base_url: SERVICES
    rate_limit: { calls: 100000, per: 1s }
  NAME_books:
    provider: google_sheets
    service_account: ${{ secret.google }}
    spreadsheet_id: sheet-1
    base_url: SERVICES
    token_url: SERVICES/token
    rate_limit: { calls: 100000, per: 1s }
  NAME_ops: { provider: sandbox }
";

/// The stage, and what is applied to it.
pub(crate) struct Site {
    /// The stage.
    pub(crate) stack: Stack,
    parts: Mutex<BTreeMap<String, Part>>,
    /// Held by who leaves a message in a queue for longer; nobody waits for an empty queue meanwhile.
    pub(crate) leaving: RwLock<()>,
}

/// What one scenario brings.
#[derive(Clone)]
struct Part {
    connections: String,
    workflows: BTreeMap<String, String>,
}

/// A scenario's own shop.
pub(crate) struct Shop<'a> {
    site: &'a Site,
    name: String,
    services: String,
}

impl Deref for Shop<'_> {
    type Target = Stack;

    fn deref(&self) -> &Stack {
        &self.site.stack
    }
}

impl Site {
    /// The stage with nothing applied; all secrets but that of the mail are the same for all.
    pub(crate) async fn of(stack: Stack) -> Self {
        let account = include_str!("../it/conformance/google_sheets/service_account.json");
        stack.set_secret("commercelayer", "cl_webhook", WEBHOOK_SECRET).await;
        stack.set_secret("commercelayer", "cl_client", "s3cret").await;
        stack.set_secret("google_sheets", "google", account).await;
        Self { stack, parts: Mutex::default(), leaving: RwLock::default() }
    }

    /// Opens a shop of that name with one workflow; connections are `<name>_shop`, `<name>_mail`,
    /// `<name>_books` and `<name>_ops`, which the workflow writes as `NAME_…`.
    pub(crate) async fn open(&self, name: &str, services: &str, workflow: &str) -> Shop<'_> {
        self.stack.set_secret("sendgrid", name, "SG.key").await;
        let shop = Shop { site: self, name: name.to_owned(), services: services.to_owned() };
        shop.apply(workflow).await;
        shop
    }

    /// Adds connections and workflows as they are written.
    pub(crate) async fn add(&self, name: &str, connections: &str, workflows: &[(&str, &str)]) {
        let workflows = workflows.iter();
        let part = Part {
            connections: connections.to_owned(),
            workflows: workflows.map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect(),
        };
        // One after the other: each applies the whole.
        let mut parts = self.parts.lock().await;
        parts.insert(name.to_owned(), part);
        let connections: String = parts.values().map(|part| part.connections.as_str()).collect();
        let all = parts.values().flat_map(|part| &part.workflows);
        let all: BTreeMap<&String, &String> = all.collect();
        let body = json!({ "project": format!("connections:\n{connections}"), "workflows": all });
        self.change("PUT", "/api/project", body).await;
        drop(parts);
        self.stack.seen_by_all().await;
    }
}

impl Site {
    /// Changes what holds; again, where another scenario did so at the same moment.
    pub(crate) async fn change(&self, method: &str, path: &str, body: Value) {
        loop {
            let answered = self.stack.call(method, path, Some(body.clone())).await;
            if [StatusCode::PRECONDITION_FAILED, StatusCode::CONFLICT].contains(&answered.status) {
                continue;
            }
            assert_eq!(answered.status, StatusCode::OK, "{answered:?}");
            return;
        }
    }
}

impl Shop<'_> {
    /// Until nothing is left in a queue, which the other scenarios use as well.
    pub(crate) async fn drained(&self, queue: &str) {
        let _left = self.site.leaving.read().await;
        self.site.stack.drained(queue).await;
    }

    /// The stage that it is a part of.
    pub(crate) fn site(&self) -> &Site {
        self.site
    }

    /// Applies another version of its workflow.
    pub(crate) async fn apply(&self, workflow: &str) {
        let connections = CONNECTIONS.replace(NAME, &self.name).replace(SERVICES, &self.services);
        let workflow = workflow.replace(NAME, &self.name);
        self.site.add(&self.name, &connections, &[(&self.name, &workflow)]).await;
    }

    /// The delivery that tells of an order.
    pub(crate) fn hook(&self, order: &Value) -> Hook {
        let connection = format!("{}_shop", self.name);
        Hook::commercelayer(&connection, "orders.place", order.to_string(), WEBHOOK_SECRET)
    }

    /// The order is placed; the event.
    pub(crate) async fn place(&self, order: &Value) -> String {
        self.hook(order).send(self).await.event()
    }

    /// The order is placed; its run, once it has begun.
    pub(crate) async fn begun(&self, order: &Value) -> String {
        self.run_of(&self.place(order).await).await
    }

    /// The order is placed, and its run has come to an end.
    pub(crate) async fn served(&self, order: &Value) -> Value {
        let run = self.begun(order).await;
        self.ended(&run).await
    }

    /// The dead letter of a run, once there is one.
    pub(crate) async fn letter(&self, run: &str) -> Value {
        self.wait_for(&format!("a dead letter of run {run}"), async || {
            let letters = self.letters(run).await;
            letters.into_iter().next()
        })
        .await
    }

    /// The dead letters of a run.
    pub(crate) async fn letters(&self, run: &str) -> Vec<Value> {
        let letters = self.get("/api/dead-letters").await["dead_letters"].clone();
        let letters = letters.as_array().unwrap().clone().into_iter();
        letters.filter(|letter| letter["run"] == run).collect()
    }
}
