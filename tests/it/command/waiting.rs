//! Runs that wait: how they are listed, and how a person decides what one asks.

use crate::app::{Finished, Given, TestApp};
use crate::fakes::{Answer, FakeServer};
use serde_json::Value;

const PROJECT: &str = "
public_url: https://automation.example.com
connections:
  shop: { provider: commercelayer, webhook_secret: '${{ secret.cl_webhook }}' }
  ops: { provider: sandbox }
  gone: { provider: slack, url: '${{ secret.gone }}' }
";
const PAUSES: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - { id: pause, wait: { for: 2d } }
";
const PARCEL: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: parcel
    wait: { event: shipment.shipped, key: { run: trigger.order.id, event: trigger.shipment.order_id }, for: 6h }
";
const ASKS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: ask
    approval: { question: 'Ship it?', deadline: 1h, otherwise: continue }
  - { id: tell, uses: chat.post, via: ops, with: { text: '${{ steps.ask.decision }}' } }
";
const EACH: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: each
    for_each: { items: [1, 2, 3, 4], as: part, concurrency: 4 }
    steps:
      - { id: ask, approval: { question: 'Part ${{ part }}?', deadline: 1h, otherwise: continue } }
";
const ORDER: &str = r#"{"order":{"id":"a1","number":"1"}}"#;

/// Whoever is to be told cannot be, and the run goes on past that.
const ASKS_IN_VAIN: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: ask
    on_error: continue
    approval: { to: [{ via: mail, email: owner@example.com }], question: 'Ship it?', deadline: 1h, otherwise: continue }
";
const MAIL: &str = "
  mail: { provider: sendgrid, api_key: '${{ secret.sendgrid }}', from: shop@example.com, base_url: SERVICES }
";

/// An order has been placed, and each of these workflows has a run that waits.
async fn waiting(workflows: &[(&str, &str)]) -> TestApp {
    waiting_in(Given::project(PROJECT), workflows).await
}

async fn waiting_in(given: Given, workflows: &[(&str, &str)]) -> TestApp {
    // Nobody is there.
    let given = given.secret("cl_webhook", "hush").secret("gone", "http://127.0.0.1:9/hook");
    let given = workflows.iter().fold(given, |given, (id, text)| given.workflow(id, text));
    let app = given.start().await;
    let order = app.dir().join("order.json");
    std::fs::write(&order, ORDER).unwrap();
    let order = order.to_str().unwrap();
    let placed = ["trigger", "order.placed", "--connection", "shop", "--file", order];
    let said = app.command(&placed).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    app
}

/// What a list of runs says of each workflow behind its key.
fn rows(said: &Finished) -> Vec<String> {
    let row = |lines: &[&str]| {
        let mut cells = lines[0].split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        let (state, workflow) =
            (cells.next().unwrap_or_default(), cells.nth(1).unwrap_or_default());
        let (_, why) = lines[1].split_once("; ").unwrap_or_default();
        // Times are those of the day.
        let why = why.split("until ").next().unwrap_or_default().trim_end();
        format!("{state} {workflow}: {why}")
    };
    let lines: Vec<&str> = said.stdout.lines().skip(1).collect();
    assert!(lines.iter().all(|line| line.len() <= 80), "{}", said.stdout);
    let mut rows: Vec<String> = lines.chunks(2).map(row).collect();
    rows.sort();
    rows
}

#[tokio::test]
async fn runs_that_wait_are_listed_with_what_they_wait_for() {
    let app = waiting(&[("ask", ASKS), ("parcel", PARCEL), ("pause", PAUSES)]).await;
    let expected = [
        "waiting ask: ask: a decision",
        "waiting parcel: parcel: shipment.shipped",
        "waiting pause: pause:",
    ];
    let said = app
        .wait_for("all to wait", async || {
            let said = app.command(&["runs", "--state", "waiting"]).await;
            (said.stdout.lines().count() == 7).then_some(said)
        })
        .await;
    let listed = rows(&said);
    assert_eq!(listed, expected, "{}", said.stdout);
    assert!(said.stdout.contains("pause: until 20"), "{}", said.stdout);
    let all = app.command(&["runs"]).await;
    assert_eq!(rows(&all), listed, "also in the list of all: {}", all.stdout);
    let one = app.command(&["runs", "--state", "waiting", "--workflow", "ask"]).await;
    assert_eq!(rows(&one), &listed[..1], "{}", one.stdout);
    let active = app.get("/api/runs?state=active").await;
    assert_eq!(active["runs"].as_array().unwrap().len(), 3, "{active:#}");
    for run in active["runs"].as_array().unwrap() {
        let said = app.command(&["cancel", run["id"].as_str().unwrap()]).await;
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    let none = app.command(&["runs", "--state", "waiting"]).await;
    assert_eq!(none.stdout, "no such runs\n", "{none:?}");
    // The message for the end of the wait is not due for two days.
    app.stop().await;
}

/// Two items wait, and one is tried again and again.
const BUSY: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: each
    for_each: { items: [1, 2, 3], as: part, concurrency: 3 }
    steps:
      - { id: post, uses: chat.post, via: gone, if: part == 2, with: { text: Hello } }
      - { id: pause, wait: { for: 2d } }
";

#[tokio::test]
async fn a_run_whose_items_all_wait_is_listed_among_those_that_wait() {
    let app = waiting(&[("each", EACH), ("busy", BUSY)]).await;
    app.wait_for("the items to wait, and one to be tried", async || {
        let shown = async |workflow: &str| {
            let list = app.get(&format!("/api/runs?workflow={workflow}")).await;
            let run = list["runs"][0]["id"].as_str()?.to_owned();
            Some(app.get(&format!("/api/runs/{run}")).await["steps"].as_array()?.clone())
        };
        let (each, busy) = (shown("each").await?, shown("busy").await?);
        let count =
            |steps: &[Value], state| steps.iter().filter(|one| one["state"] == state).count();
        let waits = (count(&each, "waiting"), count(&busy, "waiting"), count(&busy, "retry"));
        (waits == (4, 2, 1)).then_some(())
    })
    .await;
    let said = app.command(&["runs", "--state", "waiting"]).await;
    // Which of them asked first is a matter of chance.
    let listed = rows(&said);
    let [row] = &listed[..] else { panic!("{}", said.stdout) };
    assert!(row.starts_with("waiting each: each["), "{row}");
    assert!(row.ends_with("].ask: a decision"), "{row}");
    app.stop().await;
}

/// The run of that workflow, once so many steps of it ask.
async fn asking(app: &TestApp, asked: usize) -> String {
    app.wait_for("the question", async || {
        let run = app.get("/api/runs").await["runs"][0]["id"].as_str()?.to_owned();
        let shown = app.get(&format!("/api/runs/{run}")).await;
        let asks = |step: &&Value| step["question"].is_object() && step["state"] == "waiting";
        let asking = shown["steps"].as_array().unwrap().iter().filter(asks).count();
        (asking == asked).then_some(run)
    })
    .await
}

#[tokio::test]
async fn approve_decides_what_a_run_asks() {
    let app = waiting(&[("ask", ASKS)]).await;
    let run = asking(&app, 1).await;
    let said = app.command(&["approve", &run, "--yes"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.stdout.contains("ask asks") && said.stdout.contains("approved by token"),
        "{said:?}"
    );
    let again = app.command(&["approve", &run, "ask", "--no"]).await;
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.stderr.contains("was approved by token"), "{again:?}");
    app.settle().await;
    let told = app.get("/api/outbox").await["outbox"][0]["input"]["text"].clone();
    assert_eq!(told, "approved");
}

#[tokio::test]
async fn approve_reaches_the_items_of_a_loop() {
    let app = waiting(&[("each", EACH)]).await;
    let run = asking(&app, 4).await;
    let which = app.command(&["approve", &run, "--yes"]).await;
    assert_eq!(which.code, Some(1), "{which:?}");
    assert!(which.stderr.contains("name the step"), "{which:?}");
    for (item, decision) in [(3, "--yes"), (0, "--no"), (2, "--yes")] {
        let step = format!("each[{item}].ask");
        let said = app.command(&["approve", &run, &step, decision]).await;
        assert_eq!(said.code, Some(0), "{step}: {said:?}");
    }
    // Only one asks still.
    asking(&app, 1).await;
    let said = app.command(&["approve", &run, "--yes"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    app.settle().await;
    assert_eq!(app.get(&format!("/api/runs/{run}")).await["run"]["state"], "succeeded");
}

#[tokio::test]
async fn an_approval_whose_message_did_not_go_out_is_listed_so() {
    let services = FakeServer::scripted([Answer::status(400)]).await;
    let project = format!("{}{}", PROJECT.trim_end(), MAIL.replace("SERVICES", &services.url));
    let given = Given::project(&project).secret("sendgrid", "SG.key");
    let app = waiting_in(given, &[("ask", ASKS_IN_VAIN)]).await;
    let run = asking(&app, 1).await;
    let listed = app.command(&["runs", "--state", "waiting"]).await;
    assert!(listed.stdout.contains("Z; did not go out: ask[mail]"), "{}", listed.stdout);
    let waits = app.get("/api/runs").await["runs"][0]["waits"].clone();
    assert_eq!(waits["untold"], serde_json::json!(["ask[mail]"]), "{waits:#}");
    let shown = app.command(&["run", &run]).await.stdout;
    assert!(shown.contains("  not told through mail: ask[mail] did not go out"), "{shown}");
    // Somebody who has seen it decides.
    let said = app.command(&["approve", &run, "--yes"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    app.settle().await;
    assert_eq!(app.get(&format!("/api/runs/{run}")).await["run"]["state"], "succeeded");
}
