//! `/health` while work is done, and when it is not.

use crate::app::{Given, TestApp};
use std::time::Duration;
use tradewind_engine::ports::Journal;
use tradewind_engine::protocol::{Command, WakeUp};
use tradewind_engine::queues::Queue;

const PROJECT: &str = "
connections:
  ops: { provider: sandbox }
alerts: { via: ops }
";

/// Leaves a message in a queue that no worker of this version serves.
async fn leave(app: &TestApp) {
    let wake = WakeUp::new(&"run_1".into(), &"write".into());
    let send =
        Command::Send { to: Queue::Action("letters".into()), wake, not_before: None, via: None };
    app.store().commit(None, &[send]).await.unwrap();
}

#[tokio::test]
async fn health_is_503_while_a_queue_is_stalled_and_people_are_told_once() {
    let app = Given::project(PROJECT).start().await;
    let healthy = app.call("GET", "/health", None).await;
    assert_eq!((healthy.verdict().as_str(), healthy.text.as_str()), ("200", r#"{"status":"ok"}"#));
    leave(&app).await;
    app.clock.pass(Duration::from_secs(61));
    let stalled = app.call("GET", "/health", None).await;
    assert_eq!(stalled.status, 503);
    assert_eq!(stalled.json()["status"], "stalled");
    let problem = stalled.json()["problems"][0].as_str().unwrap().to_owned();
    assert!(problem.starts_with("the worker of letters is stalled: 1 wait"), "{problem}");
    for _ in 0..3 {
        let entry = app
            .wait_for("the alert", async || {
                let outbox = app.get("/api/outbox").await["outbox"].clone();
                outbox.as_array().unwrap().first().cloned()
            })
            .await;
        let text = entry["input"]["text"].as_str().unwrap();
        assert!(text.starts_with("Tradewind is stalled: the worker of letters"), "{text}");
        app.clock.pass(Duration::from_secs(6));
    }
    assert_eq!(app.get("/api/outbox").await["outbox"].as_array().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn what_waited_while_the_process_was_down_is_no_alarm() {
    let app = Given::project(PROJECT).start().await;
    leave(&app).await;
    let clock = app.clock.clone();
    let down = app.stop().await;
    clock.pass(Duration::from_secs(3_600));
    let app = Given::project(PROJECT).start_in(down, clock).await;
    assert_eq!(app.call("GET", "/health", None).await.status, 200);
    app.clock.pass(Duration::from_secs(61));
    assert_eq!(app.call("GET", "/health", None).await.status, 503);
    app.stop().await;
}
