//! Events that cancel runs.

use super::shop::{Shop, given, id, step_of};
use crate::app::order;
use crate::fakes::FakeServer;
use serde_json::{Value, json};

/// Its run waits until it is cancelled, or tells that it was not.
const WAITS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
cancel_on:
  - { event: order.approved, key: trigger.order.id }
  - { event: custom.stop, key: { run: trigger.order.number, event: trigger.key } }
steps:
  - { id: pause, wait: { for: 4s } }
  - { id: tell, uses: chat.post, via: ops, with: { text: 'order ${{ trigger.order.number }}' } }
";

/// It stops the run of order 2 when order 3 is placed.
const STOPS: &str = "
trigger: { event: order.placed, from: shop }
if: trigger.order.number == '3'
steps:
  - { id: stop, emit: { event: custom.stop, key: 2 } }
";

/// What the workflows made of an event, once it was given to them.
async fn verdicts(shop: &Shop, event: &str) -> Value {
    shop.wait_for("the event to be recorded", async || {
        let events = shop.get("/api/events").await["events"].as_array().unwrap().clone();
        let found = events.into_iter().find(|one| one["id"] == event);
        found.map(|event| event["verdicts"].clone())
    })
    .await
}

#[tokio::test]
async fn an_event_cancels_the_run_that_has_the_key_in_common_and_no_other() {
    let services = FakeServer::scripted([]).await;
    let given = given(&services.url).workflow("waits", WAITS).workflow("stops", STOPS);
    let shop = Shop::open(given).await;
    let run_of = async |number: u32| {
        let event = shop.place(&order(number)).await;
        let verdicts = verdicts(&shop, &event).await;
        let taken = verdicts.as_array().unwrap().iter().find(|one| one["workflow"] == "waits");
        taken.unwrap()["run"].as_str().unwrap().to_owned()
    };
    let (first, second) = (run_of(1).await, run_of(2).await);
    for run in [&first, &second] {
        shop.step_in(run, "pause", "waiting").await;
    }
    let approved = shop.approve(&order(1)).await;
    let ended = shop.ended(&first).await;
    assert_eq!(ended["run"]["state"], "cancelled");
    assert_eq!(ended["run"]["cancelled_by"], approved.as_str());
    let hint = format!("It was cancelled by event {approved}. ");
    assert!(ended["hint"].as_str().unwrap().starts_with(&hint), "{ended:#}");
    let verdict = json!({
        "workflow": "waits", "version": 1, "decision": "cancelled", "run": null,
        "reason": format!("cancelled {first}"),
    });
    assert_eq!(verdicts(&shop, &approved).await, json!([verdict]));
    // By an event of its own, whose key is a number as the order's is a text.
    let third = run_of(3).await;
    let ended = shop.ended(&second).await;
    assert_eq!((id(&ended), &ended["run"]["state"]), (second.as_str(), &json!("cancelled")));
    let ended = shop.ended(&third).await;
    assert_eq!(ended["run"]["state"], "succeeded");
    assert_eq!(step_of(&ended, "tell")["state"], "done");
    assert_eq!(shop.outbox().await, [json!({ "text": "order 3" })]);
    shop.close().await;
}
