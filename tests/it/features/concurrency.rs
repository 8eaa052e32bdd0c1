//! Runs of one key that wait for each other: `concurrency`.

use super::shop::{Shop, given, id, step_of, story};
use crate::app::order;
use crate::fakes::FakeServer;
use serde_json::{Value, json};

/// Its run works until its order is approved. All orders are of one customer.
const ONE: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
concurrency: { key: \"trigger.order.customer.id | default('none')\", max: 1 }
steps:
  - { id: pause, wait: { event: order.approved, key: trigger.order.id, for: 1h } }
  - { id: tell, uses: chat.post, via: ops, with: { text: 'order ${{ trigger.order.number }}' } }
";

/// The same, whose runs fail, and where order 9 has no key.
const FAILS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
concurrency: { key: \"trigger.order.customer.id if trigger.order.number != '9' else true\", max: 1 }
steps:
  - { id: pause, wait: { event: order.approved, key: trigger.order.id, for: 1h } }
  - { id: fails, wait: { until: '${{ trigger.order.number }}' } }
";

const BATCHED: &str = "
trigger: { event: order.placed, from: shop }
batch: { for: 60s, max: 1 }
concurrency: { key: 'trigger.events[0].order.customer.id', max: 1 }
steps:
  - id: each
    for_each: { items: \"${{ trigger.events }}\", as: one }
    steps:
      - { id: tell, uses: chat.post, via: ops, with: { text: 'in a batch: ${{ one.order.number }}' } }
";

async fn placed(shop: &Shop, number: u32) -> String {
    shop.run_of(&shop.place(&order(number)).await).await
}

async fn in_line(shop: &Shop, run: &str, before: usize) -> Value {
    let turn = json!({ "at_work": 1, "max": 1, "before": before });
    shop.wait_for(&format!("{before} to wait before run {run}"), async || {
        let shown = shop.get(&format!("/api/runs/{run}")).await;
        (shown["turn"] == turn).then_some(shown)
    })
    .await
}

#[tokio::test]
async fn runs_of_one_key_work_one_after_the_other_in_their_order() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url).workflow("one", ONE)).await;
    let first = placed(&shop, 1).await;
    shop.step_in(&first, "pause", "waiting").await;
    let second = placed(&shop, 2).await;
    in_line(&shop, &second, 0).await;
    let (third, fourth) = (placed(&shop, 3).await, placed(&shop, 4).await);
    in_line(&shop, &fourth, 2).await;
    let shown = in_line(&shop, &third, 1).await;
    assert_eq!(
        shown["hint"],
        "It waits for its turn: 1 run of its key is at work, 1 waits before it. It goes on by itself. \
         To stop it, cancel it."
    );
    assert_eq!(step_of(&shown, "$slot")["action"], "concurrency");
    assert_eq!(step_of(&shown, "$slot")["next_at"], Value::Null);

    // One that waits is cancelled, and is missed by nobody.
    shop.act(&second, "cancel", json!({})).await;
    in_line(&shop, &fourth, 1).await;
    shop.approve(&order(1)).await;
    assert_eq!(shop.ended(&first).await["run"]["state"], "succeeded");
    shop.step_in(&third, "pause", "waiting").await;
    in_line(&shop, &fourth, 0).await;

    // One that works is cancelled.
    shop.act(&third, "cancel", json!({})).await;
    shop.step_in(&fourth, "pause", "waiting").await;
    shop.approve(&order(4)).await;
    let ended = shop.ended(&fourth).await;
    assert_eq!(id(&ended), fourth);
    assert_eq!(ended["turn"], Value::Null);
    assert_eq!(story(&ended), "succeeded\n$slot: done\npause: done\ntell: done");
    assert_eq!(shop.ended(&second).await["run"]["state"], "cancelled");
    assert_eq!(
        shop.outbox().await,
        [1, 4].map(|number| json!({ "text": format!("order {number}") }))
    );
    shop.close().await;
}

#[tokio::test]
async fn a_run_that_has_stopped_blocks_nobody_and_is_replayed_at_once() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url).workflow("fails", FAILS)).await;
    let first = placed(&shop, 1).await;
    shop.step_in(&first, "pause", "waiting").await;
    let second = placed(&shop, 2).await;
    in_line(&shop, &second, 0).await;
    shop.approve(&order(1)).await;
    assert_eq!(shop.run_in(&first, "failed").await["run"]["failure"]["step"], "fails");
    shop.step_in(&second, "pause", "waiting").await;
    // The second is at work; the first does not ask again.
    shop.act(&first, "replay", json!({})).await;
    shop.wait_for("the replay to have failed", async || {
        let run = shop.get(&format!("/api/runs/{first}")).await;
        (run["run"]["state"] == "failed" && run["run"]["taken_up"] == 1).then_some(())
    })
    .await;
    // Bad data is told as that of any step.
    let bad = shop.run_in(&placed(&shop, 9).await, "failed").await;
    let failure = &bad["run"]["failure"];
    assert_eq!(
        (&failure["step"], &failure["reason"]),
        (&json!("$slot"), &json!("concurrency.key: gives neither a text nor a number"))
    );
    shop.approve(&order(2)).await;
    shop.run_in(&second, "failed").await;
    shop.close().await;
}

#[tokio::test]
async fn a_batch_waits_for_its_turn_by_what_its_events_say() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url).workflow("batched", BATCHED)).await;
    let mut runs = Vec::new();
    for number in [1, 2] {
        let event = shop.place(&order(number)).await;
        let run = shop.wait_for("the event to be in a run", async || {
            let events = shop.get("/api/events").await["events"].as_array().unwrap().clone();
            let found = events.into_iter().find(|one| one["id"] == event.as_str())?;
            found["verdicts"][0]["run"].as_str().map(str::to_owned)
        });
        runs.push(run.await);
    }
    for run in &runs {
        assert_eq!(shop.ended(run).await["run"]["state"], "succeeded");
    }
    let said = shop.outbox().await;
    assert_eq!(said, [1, 2].map(|number| json!({ "text": format!("in a batch: {number}") })));
    shop.close().await;
}
