//! Bodies of any real size: orders of a thousand lines, and what they become.

use crate::app::{Answered, Given, Hook, TestApp, in_state, large_order};
use futures::future::join_all;
use serde_json::{Value, json};
use tradewind_engine::ports::{RunFilter, Runs};

const SECRET: &str = "c0ffee-secret-of-the-shop";
const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.cl_webhook }}\" }
  mail: { provider: sandbox }
";

const CONFIRM: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
if: trigger.order.total.amount > 0
steps:
  - id: confirm
    uses: email.send
    via: mail
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Your order ${{ trigger.order.number }}
      html: <p>Thank you.</p>${{ trigger.order.lines | order_table }}
";

/// Fails once at the second step, after the table was sent: its subject is two lines.
const BREAK: &str = r#"
trigger: { event: order.approved, from: shop, once_per: trigger.order.id }
steps:
  - id: confirm
    uses: email.send
    via: mail
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Approved
      html: ${{ trigger.order.lines | order_table }}
  - id: break
    uses: email.send
    via: mail
    with: { to: "${{ trigger.order.customer.email }}", subject: "a\nb", text: "${{ trigger.order.number }}" }
"#;

const RAW: &str = "
trigger: { event: order.cancelled, from: shop, once_per: trigger.order.id }
steps:
  - id: tell
    uses: email.send
    via: mail
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Cancelled
      text: ${{ trigger.raw.data.id }} of ${{ trigger.raw.included | length }}
";

fn given() -> Given {
    Given::project(PROJECT)
        .workflow("confirm", CONFIRM)
        .workflow("break", BREAK)
        .workflow("raw", RAW)
        .secret("cl_webhook", SECRET)
}

fn hook(topic: &str, body: impl Into<Vec<u8>>) -> Hook {
    Hook::commercelayer("shop", topic, body, SECRET)
}

/// An order of a thousand lines in that state.
fn order_in(status: &str, number: u32) -> String {
    in_state(serde_json::from_str(&large_order(number, 1_000)).unwrap(), status).to_string()
}

#[tokio::test]
async fn an_order_of_a_thousand_lines_is_taken_run_stored_and_shown() {
    let app = given().start().await;
    let body = large_order(1, 1_000);
    assert!((4_800_000..5_600_000).contains(&body.len()), "{}", body.len());
    let event = hook("orders.place", body).send(&app).await.event();
    let run = app.run_of(&event).await;
    let shown = app.ended(&run).await;
    assert_eq!(shown["run"]["state"], "succeeded", "{}", shown["run"]);
    assert_eq!(shown["trigger"]["order"]["lines"].as_array().unwrap().len(), 1_000);
    let html = &app.get(&format!("/api/outbox?run={run}")).await["outbox"][0]["input"]["html"];
    let html = html.as_str().unwrap();
    assert_eq!(html.matches("<tr>").count(), 1_001, "{} bytes", html.len());
    assert!(
        html.contains("Grinding disc 999 mm, box of 25, for &quot;Nordwind&quot; &amp; others")
    );

    let event = app.dispatched(&event).await;
    assert_eq!(event["data"]["order"]["lines"].as_array().unwrap().len(), 1_000);
    let shown = app.command(&["run", &run]).await;
    assert!(shown.code == Some(0) && shown.stdout.contains("succeeded"), "{}", shown.stderr);
    let shown = app.command(&["events", event["event"]["id"].as_str().unwrap()]).await;
    assert!(shown.stdout.contains("Grinding disc 999 mm"), "{}", shown.stderr);

    // What is shown can be triggered by hand.
    let file = app.dir().join("order.json");
    let mut data = event["data"].clone();
    data["order"]["id"] = json!("by-hand");
    std::fs::write(&file, data.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let by_hand = app.command(&["--json", "trigger", "order.placed", "--file", file]).await;
    let by_hand: Value = serde_json::from_str(&by_hand.stdout).unwrap();
    let run = app.run_of(by_hand["event_id"].as_str().unwrap()).await;
    assert_eq!(app.ended(&run).await["run"]["state"], "succeeded");
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn a_run_of_a_large_order_is_replayed_after_a_restart() {
    let app = given().start().await;
    let event = hook("orders.approve", order_in("approved", 2)).send(&app).await.event();
    let run = app.run_of(&event).await;
    app.run_in(&run, "failed").await;
    let app = app.restart().await;
    app.post(&format!("/api/runs/{run}/replay"), json!({})).await;
    let again = app.ended(&run).await;
    let taken_up = &again["run"]["taken_up"];
    assert_eq!((&again["run"]["state"], taken_up), (&json!("failed"), &json!(1)));
    let started = json!({ "workflow": "break" });
    let started = app.post(&format!("/api/events/{event}/runs"), started).await;
    let second = app.ended(started["run_id"].as_str().unwrap()).await;
    assert_eq!(second["trigger"], again["trigger"]);
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn a_workflow_that_asks_for_the_body_itself_gets_all_of_it() {
    let app = given().start().await;
    let event = hook("orders.cancel", order_in("cancelled", 3)).send(&app).await.event();
    let run = app.run_of(&event).await;
    assert_eq!(app.ended(&run).await["run"]["state"], "succeeded");
    let text = &app.get("/api/outbox").await["outbox"][0]["input"]["text"];
    assert_eq!(text, "large3 of 1002");
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn ten_large_orders_at_once_are_all_run() {
    let app = given().start().await;
    let hooks: Vec<Hook> =
        (10..20).map(|number| hook("orders.place", large_order(number, 1_000))).collect();
    let answers = join_all(hooks.iter().map(|hook| send_until_taken(hook, &app))).await;
    for answered in answers {
        let run = app.run_of(&answered.event()).await;
        assert_eq!(app.ended(&run).await["run"]["state"], "succeeded");
    }
    assert_eq!(app.get("/api/outbox").await["outbox"].as_array().unwrap().len(), 10);
    app.settle().await;
    app.stop().await;
}

/// As a sender does: what was not taken, because others took the time or the memory, comes again.
async fn send_until_taken(hook: &Hook, app: &TestApp) -> Answered {
    app.wait_for("a large order to be taken", async || {
        let answered = hook.send(app).await;
        answered.status.is_success().then_some(answered)
    })
    .await
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_runtime_says_and_no_longer() {
    let app = given().start().await;
    let padded = |length: usize| {
        let mut body = large_order(4, 10).into_bytes();
        body.resize(length, b' ');
        body
    };
    let taken = hook("orders.place", padded(6_291_456)).send(&app).await;
    app.run_of(&taken.event()).await;
    for length in [6_291_457, 20_971_520] {
        let refused = hook("orders.place", padded(length)).send(&app).await;
        assert_eq!(refused.verdict(), "413 body_too_large", "{length}");
        let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("6291456 bytes"), "{message}");
    }
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn any_number_of_keys_is_taken() {
    let app = given().start().await;
    let mut order: Value = serde_json::from_str(&large_order(5, 10)).unwrap();
    let keys = (0..60_000).map(|number| (format!("k{number}"), json!(number)));
    order["data"]["attributes"]["metadata"] = Value::Object(keys.collect());
    let event = hook("orders.place", order.to_string()).send(&app).await.event();
    let run = app.run_of(&event).await;
    assert_eq!(app.ended(&run).await["run"]["state"], "succeeded");
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn what_is_large_leaves_no_trace_once_it_is_redacted() {
    let app = given().start().await;
    let event = hook("orders.place", large_order(6, 1_000)).send(&app).await.event();
    let run = app.run_of(&event).await;
    app.ended(&run).await;
    app.settle().await;
    app.clock.pass(std::time::Duration::from_secs(31 * 86_400));
    app.wait_for("the run's data to go", async || {
        // Whoever reads on a busy disk may be told to ask again.
        let shown = app.call("GET", &format!("/api/runs/{run}"), None).await.json();
        shown["run"]["redacted_at"].is_string().then_some(())
    })
    .await;
    let folder = app.stop().await;
    let database = folder.path().join(".tradewind/tradewind.db");
    let database = if database.exists() { database } else { panic!("{database:?}") };
    let bytes = std::fs::read(&database).unwrap();
    let text = b"Grinding disc 999 mm";
    assert!(!bytes.windows(text.len()).any(|window| window == text));
}

/// Not even what is large makes the record of a run large, which is written with each step.
#[tokio::test]
async fn the_row_of_a_run_stays_small() {
    let app = given().start().await;
    let event = hook("orders.cancel", order_in("cancelled", 7)).send(&app).await.event();
    let run = app.run_of(&event).await;
    app.ended(&run).await;
    let longest = longest_row(&app, "runs");
    assert!(longest < 64 * 1024, "{longest} bytes in a row of runs");
    for table in ["messages", "events"] {
        assert!(longest_row(&app, table) < 64 * 1024, "{table}");
    }
    let listed = Runs::list(app.store(), &RunFilter { limit: 5, ..RunFilter::default() }).await;
    let listed = serde_json::to_string(&listed.unwrap().records).unwrap();
    assert!(listed.len() < 64 * 1024, "a list holds {} bytes of one run", listed.len());
    app.settle().await;
    app.stop().await;
}

fn longest_row(app: &TestApp, table: &str) -> i64 {
    let path = app.data_dir().join("tradewind.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = rusqlite::Connection::open_with_flags(path, flags).unwrap();
    let column = if table == "messages" { "body" } else { "document" };
    let sql = format!("SELECT coalesce(max(length({column})), 0) FROM {table}");
    database.query_row(&sql, [], |row| row.get(0)).unwrap()
}
