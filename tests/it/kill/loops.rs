//! One process that is killed in the middle of a loop.

use super::process::Process;
use super::shop::{placed, shop};
use serde_json::Value;
use std::collections::BTreeSet;
use tempfile::tempdir;

/// In place of the workflow that calls services: each number is posted once, in four branches.
const LOOP: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: each
    for_each: { items: '${{ [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }}', as: number, concurrency: 4 }
    steps:
      - { id: pause, wait: { for: 1s } }
      - { id: tell, uses: chat.post, via: ops, with: { text: 'number ${{ number }}' } }
";
const ITEMS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loop_goes_on_after_a_kill_and_does_no_item_twice() {
    let given = shop("http://127.0.0.1:9").workflow("fulfil", LOOP);
    let folder = tempdir().unwrap();
    given.write(folder.path());
    let process = Process::start(&given, folder.path()).await;
    let event = placed(1).send(&process.platform).await.event();
    let run = process.platform.run_of(&event).await;
    let told = async |process: &Process| -> Vec<String> {
        let outbox = process.platform.get("/api/outbox").await;
        let texts = outbox["outbox"].as_array().unwrap().iter();
        texts.map(|entry| entry["input"]["text"].as_str().unwrap().to_owned()).collect()
    };
    process
        .platform
        .wait_for("some items to be done", async || (told(&process).await.len() > 3).then_some(()))
        .await;
    process.kill();

    let process = Process::start(&given, folder.path()).await;
    let before = told(&process).await;
    assert!(before.len() < ITEMS, "it was killed too late: {before:?}");
    let run = process.platform.run_in(&run, "succeeded").await;
    assert_eq!(run["steps"][0]["items"]["done"], Value::from(ITEMS));
    let told = told(&process).await;
    let different: BTreeSet<&String> = told.iter().collect();
    assert_eq!((told.len(), different.len()), (ITEMS, ITEMS), "{told:?}");
}
