//! What is kept of personal data, and for how long.

use crate::app::{Given, Hook, TestApp, in_state, order};
use rusqlite::types::ValueRef;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.cl_webhook }}\" }
  mail: { provider: sandbox }
";

/// The second step fails: its subject is two lines.
const THANKS: &str = r#"
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: thank
    uses: email.send
    via: mail
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Thank you
      text: Yours
  - id: break
    uses: email.send
    via: mail
    with: { to: "${{ trigger.order.customer.email }}", subject: "a\nb", text: Yours }
"#;

/// Its key is not there, so that the event ends as a dead letter.
const KEYLESS: &str = "
trigger: { event: order.approved, from: shop, once_per: trigger.order.cancelled_at }
steps:
  - { id: thank, uses: email.send, via: mail, with: { to: a@example.com, subject: Hi, text: Yours } }
";

async fn open() -> TestApp {
    let given = Given::project(PROJECT).workflow("thanks", THANKS).workflow("keyless", KEYLESS);
    given.secret("cl_webhook", "hush").start().await
}

/// Tells of an order that is given to no run; the event.
async fn tell(app: &TestApp, topic: &str, number: u32) -> String {
    let state = if topic == "orders.cancel" { "cancelled" } else { "approved" };
    let mut order = in_state(order(number), state);
    order["data"]["attributes"]["customer_email"] = json!(email(number));
    let event = Hook::commercelayer("shop", topic, order.to_string(), "hush").send(app).await;
    let event = event.event();
    app.dispatched(&event).await;
    event
}

/// Places an order, whose run fails at its second step; event and run.
async fn place(app: &TestApp, number: u32) -> (String, String) {
    let mut order = order(number);
    order["data"]["attributes"]["customer_email"] = json!(email(number));
    let hook = Hook::commercelayer("shop", "orders.place", order.to_string(), "hush");
    let event = hook.send(app).await.event();
    let run = app.run_of(&event).await;
    app.run_in(&run, "failed").await;
    (event, run)
}

fn email(number: u32) -> String {
    format!("customer{number}@example.com")
}

#[tokio::test]
async fn a_month_after_its_end_a_run_holds_no_personal_data() {
    let app = open().await;
    let (event, run) = place(&app, 1).await;
    app.clock.pass(DAY * 15);
    let (_, later) = place(&app, 2).await;
    assert!(mentions(&app, &email(1)) > 0);

    app.clock.pass(DAY * 16);
    let path = format!("/api/runs/{run}");
    app.wait_for("the redaction", async || {
        app.get(&path).await["run"]["redacted_at"].is_string().then_some(())
    })
    .await;
    assert_eq!(app.get(&path).await["trigger"], json!(null));
    assert_eq!(app.get(&format!("/api/events/{event}")).await["data"], json!({}));
    assert_eq!(app.get(&format!("/api/outbox?run={run}")).await["outbox"], json!([]));
    let replayed = app.call("POST", &format!("{path}/replay"), Some(json!({}))).await;
    assert_eq!(replayed.verdict(), "409 payload_redacted");
    assert_eq!(mentions(&app, &email(1)), 0);

    let kept = app.get(&format!("/api/runs/{later}")).await;
    assert_eq!(kept["run"]["redacted_at"], json!(null));
    assert_eq!(kept["trigger"]["order"]["customer"]["email"], json!(email(2)));
    let data_dir = app.data_dir();
    let _folder = app.stop().await;
    assert!(!holds(&data_dir, &email(1)), "nor does the file, where the rows were");
}

#[tokio::test]
async fn after_its_days_a_run_is_gone() {
    let app = open().await;
    let (event, run) = place(&app, 1).await;
    app.clock.pass(DAY * 91);
    for path in [format!("/api/runs/{run}"), format!("/api/events/{event}")] {
        app.wait_for("the end of its days", async || {
            (app.call("GET", &path, None).await.status == 404).then_some(())
        })
        .await;
    }
    assert_eq!(app.get("/api/dead-letters").await["dead_letters"], json!([]));
    assert_eq!(mentions(&app, &email(1)), 0);
    app.stop().await;
}

#[tokio::test]
async fn a_month_after_it_was_accepted_an_event_without_a_run_holds_no_personal_data() {
    let app = open().await;
    let alone = tell(&app, "orders.cancel", 1).await;
    tell(&app, "orders.approve", 1).await;
    app.wait_for("the dead letter", async || {
        let letters = app.get("/api/dead-letters").await;
        (letters["dead_letters"].as_array()?.len() == 1).then_some(())
    })
    .await;
    app.clock.pass(DAY * 31);
    let path = format!("/api/events/{alone}");
    app.wait_for("the redaction", async || {
        (app.get(&path).await["data"] == json!({})).then_some(())
    })
    .await;
    app.wait_for("the end of the dead letter", async || {
        (app.get("/api/dead-letters").await["dead_letters"] == json!([])).then_some(())
    })
    .await;
    assert_eq!(mentions(&app, &email(1)), 0);
    let data_dir = app.data_dir();
    let _folder = app.stop().await;
    assert!(!holds(&data_dir, &email(1)), "nor does the file, where the rows were");
}

/// Whether the file of the database holds the text anywhere, once the log is copied into it.
fn holds(data_dir: &Path, text: &str) -> bool {
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    database(data_dir).query_row(checkpoint, [], |_| Ok(())).unwrap();
    let file = std::fs::read(data_dir.join("tradewind.db")).unwrap();
    file.windows(text.len()).any(|bytes| bytes == text.as_bytes())
}

/// How many values of the database hold the text.
fn mentions(app: &TestApp, text: &str) -> usize {
    let database = database(&app.data_dir());
    let tables = column(&database, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    tables.iter().map(|table| count(&database, table, text)).sum()
}

fn database(data_dir: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(data_dir.join("tradewind.db")).unwrap()
}

fn column(database: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = database.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn count(database: &rusqlite::Connection, table: &str, text: &str) -> usize {
    let mut statement = database.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut found = 0;
    while let Some(row) = rows.next().unwrap() {
        for index in 0..columns {
            if let ValueRef::Text(value) | ValueRef::Blob(value) = row.get_ref(index).unwrap() {
                found += usize::from(String::from_utf8_lossy(value).contains(text));
            }
        }
    }
    found
}
