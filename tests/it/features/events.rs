//! From events to runs: which workflows take one, and how often.

use super::shop::{Shop, THANKS, given, id, subjects};
use crate::app::order;
use crate::fakes::FakeServer;
use crate::fakes::sendgrid::taken;
use expect_test::expect;
use serde_json::{Value, json};

async fn mails(count: usize) -> FakeServer {
    FakeServer::scripted(std::iter::repeat_with(taken).take(count)).await
}

#[tokio::test]
async fn an_event_that_a_condition_turns_away_is_recorded_with_the_reason() {
    let services = mails(0).await;
    let workflow = THANKS.replace("steps:", "if: trigger.order.total.amount > 1000000\nsteps:");
    let shop = Shop::open(given(&services.url).workflow("thanks", &workflow)).await;
    let event = shop.dispatched(&shop.place(&order(1)).await).await;
    expect![[r#"
        [
          {
            "workflow": "thanks",
            "version": 1,
            "decision": "no_match",
            "run": null,
            "reason": "`trigger.order.total.amount > 1000000` does not hold"
          }
        ]"#]]
    .assert_eq(&format!("{:#}", event["event"]["verdicts"]));
    assert_eq!(shop.get("/api/runs").await["runs"], json!([]));
    shop.close().await;
}

#[tokio::test]
async fn an_order_that_is_told_of_twice_starts_one_run() {
    let services = mails(1).await;
    let shop = Shop::open(given(&services.url).workflow("thanks", THANKS)).await;
    let first = shop.place(&order(1)).await;
    let run = shop.run_of(&first).await;
    assert_eq!(shop.place(&order(1)).await, first, "the same delivery is the same event");
    shop.ended(&run).await;
    // The order has changed since: another event, and the same business.
    let mut changed = order(1);
    changed["data"]["attributes"]["updated_at"] = json!("2026-11-20T10:00:00.000Z");
    let second = shop.place(&changed).await;
    assert_ne!(second, first);
    assert_eq!(shop.run_of(&second).await, run);
    assert_eq!(shop.get("/api/runs").await["runs"].as_array().unwrap().len(), 1);
    assert_eq!(services.seen().len(), 1);
    shop.close().await;
}

#[tokio::test]
async fn every_workflow_that_waits_for_an_event_gets_a_run_of_its_own() {
    let services = mails(1).await;
    let tell = "
trigger: { event: order.placed, from: shop }
steps:
  - { id: tell, uses: chat.post, via: ops, with: { text: 'Order ${{ trigger.order.number }}' } }
";
    let project = given(&services.url).workflow("thanks", THANKS).workflow("ops/tell", tell);
    let shop = Shop::open(project).await;
    let event = shop.dispatched(&shop.place(&order(5)).await).await;
    let verdicts = event["event"]["verdicts"].as_array().unwrap();
    let workflows: Vec<&Value> = verdicts.iter().map(|verdict| &verdict["workflow"]).collect();
    assert_eq!(workflows, ["ops/tell", "thanks"]);
    for verdict in verdicts {
        let run = shop.ended(verdict["run"].as_str().unwrap()).await;
        assert_eq!(run["run"]["state"], "succeeded");
    }
    assert_eq!(subjects(&services.seen()), ["Order 5"]);
    assert_eq!(shop.outbox().await, [json!({ "text": "Order 5" })]);
    shop.close().await;
}

#[tokio::test]
async fn an_event_can_be_made_by_hand() {
    let services = mails(1).await;
    let shop = Shop::open(given(&services.url).workflow("thanks", THANKS)).await;
    let order = json!({ "id": "a1", "number": "9", "customer": { "email": "ada@example.com" } });
    let event = json!({ "event": "order.placed", "data": { "order": order } });
    let accepted = shop.post("/api/events", event).await;
    let run = shop.run_of(accepted["event_id"].as_str().unwrap()).await;
    assert_eq!(shop.ended(&run).await["run"]["state"], "succeeded");
    assert_eq!(subjects(&services.seen()), ["Order 9"]);
    shop.close().await;
}

#[tokio::test]
async fn an_event_can_be_worked_on_again_and_what_is_repeated_is_told() {
    let services = mails(2).await;
    let shop = Shop::open(given(&services.url).workflow("thanks", THANKS)).await;
    let first = shop.served(&order(1)).await;
    let event = first["run"]["event"].as_str().unwrap();
    let path = format!("/api/events/{event}/runs");
    let again = shop.post(&path, json!({ "workflow": "thanks" })).await;
    assert_eq!(again["generation"], 1);
    let repeats = json!([{
        "run": id(&first), "step": "thank", "action": "email.send", "provider": "sendgrid",
        "class": "neither", "certain": true,
    }]);
    assert_eq!(again["repeats"], repeats);
    let second = shop.ended(again["run_id"].as_str().unwrap()).await;
    assert_eq!(
        (&second["run"]["generation"], &second["run"]["state"]),
        (&json!(1), &json!("succeeded"))
    );
    assert_eq!(subjects(&services.seen()), ["Order 1", "Order 1"]);
    shop.close().await;
}
