//! The way of an order: gateway, trigger function, bus, rule, queues, actions, services.

use crate::app::{Hook, order};
use crate::fakes::Services;
use crate::site::{Site, WEBHOOK_SECRET};
use serde_json::json;

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
    let happened = services.happened();
    assert_eq!(happened.mails("Your order 4213"), 1);
    let rows = happened.rows.lock().unwrap().clone();
    assert_eq!(json!(rows), json!([["4213", "4213", "57.00", "message-1"]]));
}
