//! What becomes of deliveries that are accepted.

use crate::app::{Given, Hook, ORDER};
use serde_json::json;

const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.cl_webhook }}\" }
  mail: { provider: sandbox }
";

const THANKS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: thank
    uses: email.send
    via: mail
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Thank you for order ${{ trigger.order.number }}
      text: It is on its way.
";

fn given() -> Given {
    Given::project(PROJECT).workflow("thanks", THANKS).secret("cl_webhook", "hush")
}

#[tokio::test]
async fn a_signed_order_becomes_a_run_that_succeeds() {
    let app = given().start().await;
    let event = Hook::commercelayer("shop", "orders.place", ORDER, "hush").send(&app).await.event();
    let run = app.run_of(&event).await;
    assert_eq!(app.ended(&run).await["run"]["state"], "succeeded");
    let outbox = app.get(&format!("/api/outbox?run={run}")).await;
    assert_eq!(outbox["outbox"][0]["input"]["to"], json!("ada@example.com"));
    app.settle().await;
    app.stop().await;
}
