//! What a process left is taken up by the next one.

use crate::app::{Given, Hook, ORDER};
use crate::fakes::{Answer, FakeServer};
use std::time::Duration;

const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.cl_webhook }}\" }
  mail: { provider: sendgrid, base_url: MAIL, api_key: \"${{ secret.mail }}\", from: a@example.com }
";

const THANKS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: thank
    uses: email.send
    via: mail
    with: { to: ada@example.com, subject: Thank you, text: Yours }
";

#[tokio::test]
async fn a_step_that_is_to_be_tried_again_is_tried_by_the_next_process() {
    let mail = FakeServer::scripted([Answer::status(503), Answer::status(202)]).await;
    let app = Given::project(&PROJECT.replace("MAIL", &mail.url))
        .workflow("thanks", THANKS)
        .secret("cl_webhook", "hush")
        .secret("mail", "SG.hush")
        .start()
        .await;
    let event = Hook::commercelayer("shop", "orders.place", ORDER, "hush").send(&app).await.event();
    let run = app.run_of(&event).await;
    app.wait_for("the first try", async || (!mail.seen().is_empty()).then_some(())).await;
    let app = app.restart().await;
    assert_eq!(app.get(&format!("/api/runs/{run}")).await["run"]["state"], "active");
    // The second try comes after at most 5 s.
    app.clock.pass(Duration::from_secs(6));
    app.run_in(&run, "succeeded").await;
    app.settle().await;
    assert_eq!(mail.seen().len(), 2);
    app.stop().await;
}
