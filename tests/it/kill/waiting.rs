//! One process that is killed while a run waits.

use super::process::Process;
use super::shop::{approved, placed, shop};
use std::time::Duration;
use tempfile::tempdir;
use tradewind_engine::ports::Clock as _;
use tradewind_system::SystemClock;

/// In place of the workflow that calls services.
const WAITS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - { id: pause, wait: { for: 3s } }
  - { id: tell, uses: chat.post, via: ops, with: { text: It waited. } }
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_waits_goes_on_after_a_kill() {
    let given = shop("http://127.0.0.1:9").workflow("fulfil", WAITS);
    let folder = tempdir().unwrap();
    given.write(folder.path());
    let process = Process::start(&given, folder.path()).await;
    let event = placed(1).send(&process.platform).await.event();
    let run = process.platform.run_of(&event).await;
    process
        .platform
        .wait_for("the run to wait", async || {
            let run = process.platform.get(&format!("/api/runs/{run}")).await;
            (run["steps"][0]["state"] == "waiting").then_some(())
        })
        .await;
    process.kill();
    // Its time comes while nobody is there.
    SystemClock.sleep(Duration::from_secs(4)).await;

    let process = Process::start(&given, folder.path()).await;
    process.platform.run_in(&run, "succeeded").await;
    let outbox = process.platform.get("/api/outbox").await;
    assert_eq!(outbox["outbox"].as_array().unwrap().len(), 1);
}

/// Each waits for something else than its time.
const ASKS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - { id: ask, approval: { to: [ ops ], question: Ship it?, deadline: 1h, otherwise: cancel } }
  - { id: tell, uses: chat.post, via: ops, with: { text: approved by hand } }
";
const HEARS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - { id: hear, wait: { event: order.approved, key: trigger.order.id, for: 1h } }
  - { id: tell, uses: chat.post, via: ops, if: steps.hear.event is not none, with: { text: the event came } }
";
const HOLDS: &str = "
trigger: { event: order.placed, from: shop }
debounce: { key: '${{ trigger.order.id }}', for: 3s }
steps:
  - { id: tell, uses: chat.post, via: ops, with: { text: nothing newer came } }
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_people_events_or_newer_events_goes_on_after_a_kill() {
    let given = shop("http://127.0.0.1:9").workflow("fulfil", ASKS);
    let given = given.workflow("hears", HEARS).workflow("holds", HOLDS);
    let folder = tempdir().unwrap();
    given.write(folder.path());
    let process = Process::start(&given, folder.path()).await;
    placed(1).send(&process.platform).await.event();
    let waiting = async |path: &str, workflow: &str| {
        let found = async || {
            let runs = process.platform.get(&format!("/api/runs?workflow={workflow}")).await;
            let id = runs["runs"][0]["id"].as_str()?.to_owned();
            let run = process.platform.get(&format!("/api/runs/{id}")).await;
            let mut steps = run["steps"].as_array()?.iter();
            steps.any(|step| step["path"] == path && step["state"] == "waiting").then_some(id)
        };
        process.platform.wait_for("a run to wait", found).await
    };
    let asks = waiting("ask", "fulfil").await;
    let hears = waiting("hear", "hears").await;
    process.kill();
    SystemClock.sleep(Duration::from_secs(3)).await;

    let process = Process::start(&given, folder.path()).await;
    let approve = serde_json::json!({ "step": "ask", "approved": true });
    process.platform.post(&format!("/api/runs/{asks}/approve"), approve).await;
    approved(1).send(&process.platform).await.event();
    for run in [asks, hears] {
        process.platform.run_in(&run, "succeeded").await;
    }
    let texts = async || {
        let outbox = process.platform.get("/api/outbox").await;
        let texts = outbox["outbox"].as_array().unwrap().iter();
        let texts = texts.filter_map(|entry| entry["input"]["text"].as_str().map(str::to_owned));
        // Who is asked is told so first.
        let mut texts: Vec<String> = texts.filter(|text| !text.contains("Ship it?")).collect();
        texts.sort();
        (texts.len() == 3).then_some(texts)
    };
    let texts = process.platform.wait_for("all to be told", texts).await;
    assert_eq!(texts, ["approved by hand", "nothing newer came", "the event came"]);
}
