//! Workflows that go by the clock.

use super::shop::{Shop, given, story};
use crate::fakes::FakeServer;
use expect_test::expect;
use serde_json::{Value, json};
use std::time::Duration;

/// A minute, a round of the sweeper, and what a busy machine takes.
const TWO_ROUNDS: Duration = Duration::from_secs(150);
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// It is due each minute, or never by itself while a test lasts.
fn report(schedule: &str) -> String {
    format!(
        "
trigger: {{ schedule: {schedule} }}
steps:
  - {{ id: tell, uses: chat.post, via: ops, with: {{ text: 'due ${{{{ trigger.schedule.due_at }}}}' }} }}
"
    )
}

async fn first_run(shop: &Shop) -> String {
    let found = tokio::time::timeout(TWO_ROUNDS, async {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        loop {
            ticks.tick().await;
            if let Some(id) = shop.get("/api/runs").await["runs"][0]["id"].as_str() {
                return id.to_owned();
            }
        }
    });
    found.await.unwrap_or_else(|_| panic!("no run within {TWO_ROUNDS:?}"))
}

#[tokio::test]
async fn a_workflow_that_is_due_each_minute_runs() {
    let services = FakeServer::scripted([]).await;
    let shop = given(&services.url).workflow("each-minute", &report("{ every: 1m }"));
    let shop = Shop::open(shop.workflow("other", &report("{ cron: '0 8 29 2 *' }"))).await;
    let next = shop.get("/api/workflows/each-minute").await["workflow"]["next_at"].clone();
    let run = shop.ended(&first_run(&shop).await).await;
    expect![[r#"
        succeeded
        tell: done"#]]
    .assert_eq(&story(&run));
    assert_eq!(run["run"]["workflow"], "each-minute");
    let due: Value = run["trigger"]["schedule"]["due_at"].clone();
    assert!(due.as_str() >= next.as_str(), "{due} is no earlier than {next}");
    assert_eq!(shop.outbox().await[0], json!({ "text": format!("due {}", due.as_str().unwrap()) }));
    // No more of it: the test ends with nothing left to do.
    shop.apply(&given(&services.url)).await;
    shop.close().await;
}

#[tokio::test]
async fn what_is_not_due_yet_can_be_started_by_hand() {
    let services = FakeServer::scripted([]).await;
    let shop = given(&services.url).workflow("daily", &report("{ cron: '0 8 29 2 *' }"));
    let shop = Shop::open(shop.workflow("other", &report("{ cron: '0 8 29 2 *' }"))).await;
    let fired = |data: Value| json!({ "event": "schedule.fired", "data": data });
    let whom =
        fired(json!({ "schedule": { "workflow": "daily", "due_at": "2028-02-29T08:00:00Z" } }));
    let event = shop.post("/api/events", whom).await["event_id"].as_str().unwrap().to_owned();
    let run = shop.ended(&shop.run_of(&event).await).await;
    assert_eq!(run["run"]["workflow"], "daily");
    assert_eq!(shop.outbox().await, [json!({ "text": "due 2028-02-29T08:00:00Z" })]);
    // It is for one workflow, and that has to be named.
    for (data, verdict) in [
        (json!({}), "422 request_invalid"),
        (json!({ "schedule": { "workflow": "nobody" } }), "404 not_found"),
        (json!({ "schedule": { "workflow": "daily", "due_at": 8 } }), "422 request_invalid"),
    ] {
        let answered = shop.call("POST", "/api/events", Some(fired(data))).await;
        assert_eq!(answered.verdict(), verdict, "{}", answered.text);
    }
    // And started again it is for that one too.
    let path = format!("/api/events/{event}/runs");
    let other = shop.call("POST", &path, Some(json!({ "workflow": "other" }))).await;
    assert_eq!(other.verdict(), "422 event_unfit");
    shop.close().await;
}
