//! The way of an order: gateway, trigger function, bus, rule, queues, actions, services.

use crate::app::{Hook, Platform, order};
use crate::fakes::Services;
use crate::site::{Site, WEBHOOK_SECRET};
use clap::Parser as _;
use serde_json::json;
use tradewind::command::{Cli, Environment, Exit, execute};

/// The demo's project with real services in place of its sandboxes.
const CONNECTIONS: &str = "
  shop:
    provider: commercelayer
    webhook_secret: ${{ secret.cl_webhook }}
  mail: { provider: sendgrid, api_key: '${{ secret.demo }}', from: shop@example.com, base_url: 'SERVICES' }
  books:
    provider: google_sheets
    service_account: ${{ secret.google }}
    spreadsheet_id: sheet-1
    base_url: SERVICES
    token_url: SERVICES/token
";
const WORKFLOW: &str =
    include_str!("../../../infra/local/src/demo/project/workflows/order-confirmation.yaml");

/// The demo's signed order.
pub(super) async fn a_signed_order_becomes_a_mail_and_a_row(site: &Site) {
    let services = Services::start(&["Key", "Order", "Total", "Mail"]).await;
    let stack = &site.stack;
    stack.set_secret("sendgrid", "demo", "SG.key").await;
    let connections = CONNECTIONS.replace("SERVICES", services.url());
    site.add("demo", &connections, &[("order-confirmation", WORKFLOW)]).await;
    let body = order(4213).to_string();
    let hook = Hook::commercelayer("shop", "orders.place", body, WEBHOOK_SECRET);
    let run = stack.run_of(&hook.send(stack).await.event()).await;
    let run = stack.ended(&run).await;
    assert_eq!(run["run"]["state"], "succeeded", "{run:#}");
    let id = run["run"]["id"].as_str().unwrap();
    assert_eq!(command(stack, &["run", id]).await, Exit::Done);
    assert_eq!(command(stack, &["runs", "--state", "succeeded"]).await, Exit::Done);
    assert_eq!(command(stack, &["events"]).await, Exit::Done);
    assert_eq!(command(stack, &["dead-letters"]).await, Exit::Done);
    assert_eq!(command(stack, &["status"]).await, Exit::Done);
    assert_eq!(command(stack, &["replay", "--state", "failed", "--dry-run"]).await, Exit::Done);
    assert_eq!(command(stack, &["replay", id]).await, Exit::Failed, "it has succeeded");
    assert_eq!(command(stack, &["run", "run_0000"]).await, Exit::NotFound);
    let happened = services.happened();
    assert_eq!(happened.mails("Your order 4213"), 1);
    let rows = happened.rows.lock().unwrap().clone();
    assert_eq!(json!(rows), json!([["4213", "4213", "57.00", "message-1"]]));
}

/// The command, talking to the stage.
async fn command(stage: &Platform, words: &[&str]) -> Exit {
    let to = ["tradewind", "--json", "--url", &stage.url, "--token", &stage.token];
    let cli = Cli::try_parse_from(to.iter().chain(words)).unwrap();
    Box::pin(execute(cli, Environment::new(std::iter::empty()))).await
}
