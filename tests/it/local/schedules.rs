//! Workflows that go by the clock of the process, also one that was not there at their time.

use crate::app::{Given, TestApp};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
const PROJECT: &str = "
connections:
  ops: { provider: sandbox }
timezone: Europe/Rome
";

const EVERY: &str = "
trigger: { schedule: { every: 6h } }
if: not trigger.test
steps:
  - { id: tell, uses: chat.post, via: ops, with: { text: 'due ${{ trigger.schedule.due_at }}' } }
";

async fn open() -> TestApp {
    Given::project(PROJECT).workflow("every", EVERY).start().await
}

/// What was posted, once it is so much.
async fn posted(app: &TestApp, count: usize) -> Vec<String> {
    app.wait_for(&format!("{count} posts"), async || {
        let outbox = app.get("/api/outbox").await["outbox"].as_array().unwrap().clone();
        let texts =
            outbox.iter().rev().map(|entry| entry["input"]["text"].as_str().unwrap().to_owned());
        let texts: Vec<String> = texts.collect();
        (texts.len() >= count).then_some(texts)
    })
    .await
}

async fn next_at(app: &TestApp, workflow: &str) -> Value {
    app.get(&format!("/api/workflows/{workflow}")).await["workflow"]["next_at"].clone()
}

async fn apply(app: &TestApp, workflow: &str) {
    let given = Given::project(PROJECT).workflow("every", workflow);
    let answered = app.call("PUT", "/api/project", Some(given.files())).await;
    assert_eq!(answered.status, 200, "{answered:?}");
}

fn due(at: &Value) -> String {
    format!("due {}", at.as_str().unwrap())
}

#[tokio::test]
async fn a_workflow_runs_at_its_times_and_says_when_it_runs_next() {
    let app = open().await;
    let first = next_at(&app, "every").await;
    app.clock.pass(HOUR * 6);
    assert_eq!(posted(&app, 1).await, [due(&first)]);
    let second = next_at(&app, "every").await;
    assert_ne!(second, first);
    let status = app.get("/api/status").await;
    assert_eq!(status["schedules"], json!([{ "workflow": "every", "next_at": second }]));
    app.clock.pass(HOUR * 6);
    assert_eq!(posted(&app, 2).await, [due(&first), due(&second)]);
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn after_a_week_without_a_process_one_run_makes_up_for_what_was_missed() {
    let app = open().await;
    let (given, clock) = (app.given(), Arc::clone(&app.clock));
    let folder = app.stop().await;
    clock.pass(HOUR * 24 * 7);
    let app = given.start_in(folder, clock).await;
    let next = next_at(&app, "every").await;
    posted(&app, 1).await;
    app.clock.pass(HOUR * 6);
    let texts = posted(&app, 2).await;
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert_eq!(texts[1], due(&next));
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn a_change_elsewhere_keeps_the_schedule_and_one_of_its_own_begins_it_anew() {
    let app = open().await;
    let first = next_at(&app, "every").await;
    apply(&app, &EVERY.replace("due $", "it was due $")).await;
    app.clock.pass(HOUR * 6);
    assert_eq!(posted(&app, 1).await, [format!("it was {}", due(&first))]);
    // What the new times would have been before is not made up for.
    apply(&app, &EVERY.replace("6h", "1h")).await;
    let next = next_at(&app, "every").await;
    app.clock.pass(HOUR);
    assert_eq!(posted(&app, 2).await[1..], [due(&next)]);
    apply(&app, &EVERY.replace("trigger:", "enabled: false\ntrigger:")).await;
    assert_eq!(next_at(&app, "every").await, Value::Null);
    app.clock.pass(HOUR * 12);
    apply(&app, EVERY).await;
    let next = next_at(&app, "every").await;
    app.clock.pass(HOUR * 6);
    assert_eq!(posted(&app, 3).await[2..], [due(&next)]);
    app.settle().await;
    app.stop().await;
}

#[tokio::test]
async fn eight_oclock_is_in_the_zone_of_the_project_unless_the_schedule_names_another() {
    let cron = |tz: &str| EVERY.replace("every: 6h", &format!("cron: \"0 8 * * *\"{tz}"));
    let given =
        Given::project(PROJECT).workflow("rome", &cron("")).workflow("utc", &cron(", tz: UTC"));
    let app = given.start().await;
    let (rome, utc) = (next_at(&app, "rome").await, next_at(&app, "utc").await);
    let hour = |at: &Value| at.as_str().unwrap()[11..13].parse::<u32>().unwrap();
    assert!([6, 7].contains(&hour(&rome)), "{rome}");
    assert_eq!(hour(&utc), 8);
    app.stop().await;
}
