//! The clock steps back by an hour while orders come in.

use crate::app::{Given, Hook, order};
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::ports::{Clock as _, Journal as _};
use tradewind_engine::protocol::{Command, WakeUp};
use tradewind_engine::queues::Queue;

const HOUR: Duration = Duration::from_secs(3_600);

const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.cl_webhook }}\" }
  mail: { provider: sandbox }
  ops: { provider: sandbox }
alerts: { via: ops }
";

const THANKS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - { id: thank, uses: email.send, via: mail, with: { to: ada@example.com, subject: Thanks, text: Yours } }
";

fn shop() -> Given {
    Given::project(PROJECT).workflow("thanks", THANKS).secret("cl_webhook", "hush")
}

fn placed(number: u32) -> Hook {
    Hook::commercelayer("shop", "orders.place", order(number).to_string(), "hush")
}

#[tokio::test]
async fn an_order_after_a_step_back_of_an_hour_gets_its_mail_and_people_are_told() {
    let app = shop().start().await;
    app.wait_for("a look at the clock", async || app.store().probed_at().await.unwrap()).await;
    app.clock.step_back(HOUR);
    let event = placed(1).send(&app).await.event();
    let run = app.run_of(&event).await;
    app.run_in(&run, "succeeded").await;
    app.clock.pass(Duration::from_secs(6));
    let alert = app
        .wait_for("the alert", async || {
            let outbox = app.get("/api/outbox").await["outbox"].clone();
            let chats = outbox.as_array().unwrap().iter();
            chats.filter_map(|entry| entry["input"]["text"].as_str()).find_map(|text| {
                text.starts_with("The clock stepped back by about 3").then(|| text.to_owned())
            })
        })
        .await;
    assert!(alert.contains("Nothing is lost"), "{alert}");
    app.stop().await;
}

#[tokio::test]
async fn what_waited_before_a_step_back_is_taken_up_by_the_next_process_at_once() {
    let app = shop().start().await;
    // No worker of this version serves that queue.
    let wake = WakeUp::new(&"run_1".into(), &"write".into());
    let send =
        Command::Send { to: Queue::Action("letters".into()), wake, not_before: None, via: None };
    app.store().commit(None, &[send]).await.unwrap();
    app.call("GET", "/health", None).await;
    let clock = Arc::clone(&app.clock);
    let folder = app.stop().await;
    clock.step_back(HOUR);
    let app = shop().start_in(folder, clock).await;
    app.wait_for("the message to be visible", async || {
        let depths = app.store().queue_depths(app.clock.now()).await.unwrap();
        depths.iter().any(|depth| depth.waiting == 1).then_some(())
    })
    .await;
    app.stop().await;
}
