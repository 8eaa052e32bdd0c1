//! One process that is killed while a run waits.

use super::process::Process;
use super::shop::{placed, shop};
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
