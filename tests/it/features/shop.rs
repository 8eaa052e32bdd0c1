//! A running shop, and the story of a run in a few lines.

use crate::app::{Given, Hook, Platform};
use crate::served::Served;
use http::StatusCode;
use serde_json::Value;
use std::ops::Deref;

/// The secret that Commerce Layer signs by.
const WEBHOOK_SECRET: &str = "hush";

/// Connections of all kinds; the services are at the address that stands for SERVICES.
pub(super) const PROJECT: &str = "
connections:
  shop:
    provider: commercelayer
    client_id: id-1
    client_secret: ${{ secret.cl_client }}
    webhook_secret: ${{ secret.cl_webhook }}
    base_url: SERVICES
    auth_url: SERVICES
  mail: { provider: sendgrid, api_key: '${{ secret.sendgrid }}', from: shop@example.com, base_url: 'SERVICES' }
  books:
    provider: google_sheets
    service_account: ${{ secret.google }}
    spreadsheet_id: sheet-1
    base_url: SERVICES
    token_url: SERVICES/token
  ops: { provider: sandbox }
";

/// One mail for each order; what is tried again is tried soon.
pub(super) const THANKS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: thank
    uses: email.send
    via: mail
    retry: { attempts: 3, over: 1s }
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Order ${{ trigger.order.number }}
      text: Thank you.
";

/// A shop that is served.
pub(super) struct Shop {
    served: Served,
}

impl Deref for Shop {
    type Target = Platform;

    fn deref(&self) -> &Platform {
        &self.served
    }
}

/// The shop with its services at that address.
pub(super) fn given(services: &str) -> Given {
    let account = include_str!("../conformance/google_sheets/service_account.json");
    Given::project(&PROJECT.replace("SERVICES", services))
        .secret("cl_webhook", WEBHOOK_SECRET)
        .secret("cl_client", "s3cret")
        .secret("google", account)
}

impl Shop {
    /// Serves it.
    pub(super) async fn open(given: Given) -> Self {
        let shop = Self { served: Served::start(given).await };
        shop.set_secret("sendgrid", "SG.key").await;
        shop.set_secret("postmark", "pm-token").await;
        shop
    }

    /// Keeps a secret, in place of an earlier one.
    pub(super) async fn set_secret(&self, name: &str, value: &str) {
        self.served.set_secret(name, value).await;
    }

    /// Applies other files.
    pub(super) async fn apply(&self, given: &Given) {
        let answered = self.call("PUT", "/api/project", Some(given.files())).await;
        assert_eq!(answered.status, StatusCode::OK, "{answered:?}");
        self.served.applied().await;
    }

    /// The order is placed; the event.
    pub(super) async fn place(&self, order: &Value) -> String {
        let body = order.to_string();
        Hook::commercelayer("shop", "orders.place", body, WEBHOOK_SECRET).send(self).await.event()
    }

    /// The order is approved; the event.
    pub(super) async fn approve(&self, order: &Value) -> String {
        let mut order = order.clone();
        order["data"]["attributes"]["status"] = "approved".into();
        let body = order.to_string();
        Hook::commercelayer("shop", "orders.approve", body, WEBHOOK_SECRET).send(self).await.event()
    }

    /// The order is placed, and its only run has come to an end.
    pub(super) async fn served(&self, order: &Value) -> Value {
        let run = self.run_of(&self.place(order).await).await;
        self.ended(&run).await
    }

    /// The run, once its step is in that state.
    pub(super) async fn step_in(&self, run: &str, step: &str, state: &str) -> Value {
        self.wait_for(&format!("step {step} to be {state}"), async || {
            let run = self.get(&format!("/api/runs/{run}")).await;
            (step_of(&run, step)["state"] == state).then_some(run)
        })
        .await
    }

    /// What a person does with a run.
    pub(super) async fn act(&self, run: &str, action: &str, body: Value) -> Value {
        self.post(&format!("/api/runs/{run}/{action}"), body).await
    }

    /// What sandbox connections were asked to do, the oldest first.
    pub(super) async fn outbox(&self) -> Vec<Value> {
        let outbox = self.get("/api/outbox").await["outbox"].as_array().unwrap().clone();
        outbox.into_iter().rev().map(|entry| entry["input"].clone()).collect()
    }

    /// Nothing may be left to do.
    pub(super) async fn close(self) {
        self.served.end().await;
    }
}

/// The run's id.
pub(super) fn id(run: &Value) -> &str {
    run["run"]["id"].as_str().unwrap()
}

/// The step of a run.
pub(super) fn step_of<'a>(run: &'a Value, step: &str) -> &'a Value {
    let steps = run["steps"].as_array().unwrap();
    steps.iter().find(|one| one["path"] == step).unwrap_or_else(|| panic!("{step}: {run:#}"))
}

/// How the run ended, and what became of each step.
pub(super) fn story(run: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = vec![text(&run["run"]["state"])];
    for step in run["steps"].as_array().unwrap() {
        let mut line = format!("{}: {}", text(&step["path"]), text(&step["state"]));
        if step["attempts"].as_u64() > Some(1) {
            line = format!("{line} at try {}", step["attempts"]);
        }
        let tried = step["tried"].as_array().unwrap();
        let reasons = tried.iter().map(|tried| text(&tried["reason"]));
        for reason in reasons.chain(tried.is_empty().then(|| text(&step["reason"]))) {
            // What HTTP libraries say of lost answers is theirs.
            let reason = if reason.starts_with("no answer") { "no answer" } else { &reason };
            if !reason.is_empty() {
                line = format!("{line}; {reason}");
            }
        }
        lines.push(line);
    }
    lines.join("\n")
}

/// The subjects of the mails that SendGrid was asked to send.
pub(super) fn subjects(seen: &[crate::fakes::Seen]) -> Vec<String> {
    let mails = seen.iter().filter(|seen| seen.target == "/v3/mail/send");
    let subject = |seen: &crate::fakes::Seen| -> Value {
        serde_json::from_slice::<Value>(&seen.body).unwrap()["subject"].clone()
    };
    mails.map(|mail| subject(mail).as_str().unwrap().to_owned()).collect()
}
