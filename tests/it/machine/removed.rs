//! What was removed is in no file of the data directory, while the process goes on.

use crate::app::{Given, Hook, TestApp, order};
use serde_json::json;
use std::fs;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

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
    with: { to: \"${{ trigger.order.customer.email }}\", subject: Thanks, text: Yours }
";

fn email(number: u32) -> String {
    format!("ada.lovelace.{number}@example.com")
}

async fn place(app: &TestApp, number: u32) -> String {
    let mut order = order(number);
    order["data"]["attributes"]["customer_email"] = json!(email(number));
    // Longer than a row: it stands in parts of its own.
    order["data"]["attributes"]["note"] = json!(email(number).repeat(2_000));
    let hook = Hook::commercelayer("shop", "orders.place", order.to_string(), "hush");
    let event = hook.send(app).await.event();
    let run = app.run_of(&event).await;
    app.run_in(&run, "succeeded").await;
    run
}

/// The files of the data directory that hold the text anywhere.
fn holders(app: &TestApp, text: &str) -> Vec<String> {
    let files = fs::read_dir(app.data_dir()).unwrap().map(|entry| entry.unwrap());
    let holds = |file: &fs::DirEntry| {
        let bytes = fs::read(file.path()).unwrap();
        bytes.windows(text.len()).any(|found| found == text.as_bytes())
    };
    files.filter(holds).map(|file| file.file_name().into_string().unwrap()).collect()
}

async fn gone_from_the_disk(app: &TestApp, number: u32) {
    app.wait_for("the disk to hold nothing of it", async || {
        holders(app, &email(number)).is_empty().then_some(())
    })
    .await;
}

async fn open() -> TestApp {
    Given::project(PROJECT).workflow("thanks", THANKS).secret("cl_webhook", "hush").start().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_redacted_is_in_no_file_of_a_running_process() {
    let app = open().await;
    let run = place(&app, 1).await;
    app.clock.pass(DAY * 15);
    place(&app, 2).await;
    assert!(!holders(&app, &email(1)).is_empty(), "it is found where it is");
    app.clock.pass(DAY * 16);
    let path = format!("/api/runs/{run}");
    app.wait_for("the redaction", async || {
        app.get(&path).await["run"]["redacted_at"].is_string().then_some(())
    })
    .await;
    gone_from_the_disk(&app, 1).await;
    assert!(!holders(&app, &email(2)).is_empty(), "what is kept is kept");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_had_its_days_is_in_no_file_of_a_running_process() {
    let app = open().await;
    let run = place(&app, 1).await;
    app.clock.pass(DAY * 91);
    let path = format!("/api/runs/{run}");
    app.wait_for("the end of its days", async || {
        (app.call("GET", &path, None).await.status == 404).then_some(())
    })
    .await;
    gone_from_the_disk(&app, 1).await;
    app.stop().await;
}
