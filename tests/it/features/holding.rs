//! Events that become one run: `debounce` and `batch`.

use super::shop::{Shop, given, id};
use crate::app::order;
use crate::fakes::FakeServer;
use serde_json::{Value, json};

const DEBOUNCED: &str = "
trigger: { event: order.placed, from: shop }
if: trigger.order.number != '3'
debounce: { key: \"${{ trigger.order.customer.id }}\", for: 4s }
steps:
  - { id: tell, uses: chat.post, via: ops, with: { text: 'order ${{ trigger.order.number }}' } }
";

const BATCHED: &str = "
trigger: { event: order.placed, from: shop }
if: trigger.order.number != '3'
batch: { for: 60s, max: 2 }
steps:
  - id: each
    for_each: { items: \"${{ trigger.events }}\", as: one }
    steps:
      - { id: tell, uses: chat.post, via: ops, with: { text: 'in a batch: ${{ one.order.number }}' } }
";

/// What a workflow made of an event, once that is no longer what it was.
async fn settled(shop: &Shop, event: &str, workflow: &str) -> Value {
    shop.wait_for("the event to be settled", async || {
        let events = shop.get("/api/events").await["events"].as_array().unwrap().clone();
        let found = events.into_iter().find(|one| one["id"] == event)?;
        let verdicts = found["verdicts"].as_array().unwrap().clone();
        let mut own = verdicts.into_iter().filter(|one| one["workflow"] == workflow);
        own.next().filter(|verdict| verdict["decision"] != "held")
    })
    .await
}

#[tokio::test]
async fn events_that_are_held_become_one_run() {
    let services = FakeServer::scripted([]).await;
    let given = given(&services.url).workflow("debounced", DEBOUNCED).workflow("batched", BATCHED);
    let shop = Shop::open(given).await;
    // All are orders of one customer.
    let orders = [order(1), order(3), order(2)];
    let mut events = Vec::new();
    for order in &orders {
        events.push(shop.place(order).await);
    }
    let [first, other, second] = &events[..] else { panic!("{events:?}") };
    let newest = settled(&shop, second, "debounced").await;
    let run = newest["run"].as_str().unwrap();
    let ended = shop.ended(run).await;
    assert_eq!(
        (&ended["run"]["state"], &ended["run"]["event"]),
        (&json!("succeeded"), &json!(second))
    );
    assert_eq!((&newest["decision"], &newest["reason"]), (&json!("run"), &Value::Null));
    let folded = json!({
        "workflow": "debounced", "version": 1, "decision": "folded", "run": id(&ended),
        "reason": format!("folded into {second}"),
    });
    assert_eq!(settled(&shop, first, "debounced").await, folded);
    assert_eq!(settled(&shop, other, "debounced").await["decision"], "no_match");
    // Two are as many as a batch takes, so that nobody waits for its minute.
    let in_batch = settled(&shop, first, "batched").await;
    assert_eq!(in_batch["decision"], "run");
    assert_eq!(settled(&shop, second, "batched").await["run"], in_batch["run"]);
    let batch = shop.ended(in_batch["run"].as_str().unwrap()).await;
    assert_eq!(batch["run"]["state"], "succeeded");
    let part = |number: &str| json!({ "order": { "number": number } });
    let seen = batch["trigger"]["events"].as_array().unwrap();
    assert!(seen.len() == 2 && seen.contains(&part("1")) && seen.contains(&part("2")), "{seen:?}");
    let mut said: Vec<String> = Vec::new();
    for entry in shop.outbox().await {
        said.push(entry["text"].as_str().unwrap().to_owned());
    }
    said.sort();
    assert_eq!(said, ["in a batch: 1", "in a batch: 2", "order 2"]);
    shop.close().await;
}
