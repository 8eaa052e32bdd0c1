//! What may happen on a platform: orders, deliveries of strangers, and what people do afterwards.

use super::forms::MARK;
use super::project::SHOP;
use crate::app::{Hook, Platform, order};
use serde_json::{Value, json};

/// Each connection repeats one of its secrets after the other. A shop has two for its webhooks, one to act
/// and a token, and each order makes two calls of it at least.
const ORDERS: u32 = 2;

/// What came of it.
pub(crate) struct Lived {
    pub(crate) runs: Vec<String>,
    pub(crate) events: Vec<String>,
    pub(crate) replays: Vec<String>,
    pub(crate) workflows: Vec<String>,
    /// What was answered meanwhile.
    pub(crate) said: Vec<(String, String)>,
}

/// Lives through all of it. `pass` lets time go on where it can be moved; shop webhooks are signed by `secret`.
pub(crate) async fn live(platform: &Platform, secret: &str, pass: impl Fn()) -> Lived {
    let mut said = Vec::new();
    for number in 1..=ORDERS {
        let body = order(number).to_string();
        let hook = Hook::commercelayer(SHOP, "orders.place", body, secret);
        let event = hook.send(platform).await.event();
        platform.dispatched(&event).await;
    }
    ended(platform, &pass).await;
    said.extend(refused(platform, secret).await);
    said.extend(by_people(platform).await);
    ended(platform, &pass).await;
    let ids = async |path: &str, list: &str, id: &str| -> Vec<String> {
        let found = platform.get(path).await[list].as_array().unwrap().clone();
        found.iter().map(|one| one[id].as_str().unwrap().to_owned()).collect()
    };
    let runs = ids("/api/runs?limit=200", "runs", "id").await;
    assert!(runs.len() >= 30, "{runs:?}");
    let replay = platform.post("/api/replays", json!({ "force": true, "dry_run": true })).await;
    Lived {
        runs,
        events: ids("/api/events?limit=200", "events", "id").await,
        replays: replay["id"].as_str().map(str::to_owned).into_iter().collect(),
        workflows: ids("/api/workflows", "workflows", "id").await,
        said,
    }
}

/// Until every run has stopped.
async fn ended(platform: &Platform, pass: &impl Fn()) {
    platform
        .wait_for("all runs to stop", async || {
            pass();
            for state in ["active", "failing"] {
                let open = platform.get(&format!("/api/runs?state={state}")).await;
                if open["runs"] != json!([]) {
                    return None;
                }
            }
            Some(())
        })
        .await;
}

/// Deliveries that are refused, or taken and not understood, with secrets wherever a sender may put them.
async fn refused(platform: &Platform, secret: &str) -> Vec<(String, String)> {
    let shop = |body: &str| Hook::commercelayer(SHOP, "orders.place", body, secret);
    let odd = order(1).to_string().replace("\"orders\"", "\"order_copies\"");
    let mut with_query = shop("{}");
    with_query.path = format!("{}?token={MARK}", with_query.path);
    let parcels = "/hooks/webhook/webhook_succeeds";
    let deliveries = [
        shop("{").header("authorization", secret),
        shop("{}").header("x-commercelayer-signature", secret),
        shop(&odd),
        with_query.header("x-commercelayer-signature", "bm8="),
        Hook::new(parcels, "{}").header("webhook-signature", &format!("v1,{MARK}")),
        Hook::new("/hooks/webhook/nobody", "{}").header("authorization", secret),
    ];
    let mut said = Vec::new();
    for hook in deliveries {
        said.push((format!("a delivery to {SHOP}"), format!("{:?}", hook.send(platform).await)));
    }
    said
}

/// Runs are taken up again, settled and ended; workflows stand still; letters go on their way again.
async fn by_people(platform: &Platform) -> Vec<(String, String)> {
    let mut said = Vec::new();
    let mut call = async |path: String, body: Value| {
        let answered = platform.call("POST", &path, Some(body)).await;
        assert!(answered.status.as_u16() < 500, "{path}: {answered:?}");
        said.push((path, format!("{answered:?}")));
        answered.json()
    };
    let parked = platform.get("/api/runs?state=parked&limit=200").await["runs"].clone();
    for (index, run) in parked.as_array().unwrap().iter().enumerate() {
        let id = run["id"].as_str().unwrap();
        let resolved = |outcome: &str| json!({ "step": "act", "outcome": outcome });
        match index % 3 {
            0 => call(format!("/api/runs/{id}/replay"), json!({ "force": true })).await,
            1 => call(format!("/api/runs/{id}/resolve"), resolved("happened")).await,
            _ => call(format!("/api/runs/{id}/resolve"), resolved("did_not")).await,
        };
    }
    let letters = platform.get("/api/dead-letters").await["dead_letters"].clone();
    for letter in letters.as_array().unwrap() {
        let id = letter["id"].as_str().unwrap();
        call(format!("/api/dead-letters/{id}/redrive"), json!({})).await;
    }
    let event = platform.get("/api/events?limit=200").await["events"].clone();
    let is_order = |event: &&Value| event["name"] == "order.placed";
    let event = event.as_array().unwrap().iter().find(is_order).unwrap()["id"].clone();
    // No run of it is taken up again: a function may take it for paused for a while.
    let workflow = "email_send_sendgrid_succeeds";
    let again = json!({ "workflow": workflow });
    call(format!("/api/workflows/{workflow}/pause"), json!({})).await;
    let started = call(format!("/api/events/{}/runs", event.as_str().unwrap()), again).await;
    let run = started["run_id"].as_str().unwrap_or_else(|| panic!("{started}"));
    call(format!("/api/runs/{run}/cancel"), json!({})).await;
    call(format!("/api/workflows/{workflow}/resume"), json!({})).await;
    call("/api/replays".to_owned(), json!({ "force": true, "state": "failed" })).await;
    said
}
