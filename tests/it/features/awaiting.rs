//! Steps that wait for an event.

use super::shop::{Shop, given, id, step_of, story};
use crate::app::order;
use crate::fakes::FakeServer;
use crate::fakes::sendgrid::{refused, taken};
use serde_json::{Value, json};

/// It waits for the approval of its order, and says what came.
fn waits(condition: &str, length: &str) -> String {
    format!(
        "
trigger: {{ event: order.placed, from: shop, once_per: trigger.order.id }}
steps:
  - id: approval
    wait: {{ event: order.approved, key: trigger.order.id{condition}, for: {length} }}
  - id: approved
    if: steps.approval.event is not none
    uses: chat.post
    via: ops
    with: {{ text: 'approved ${{{{ steps.approval.event.order.number }}}}' }}
  - id: missed
    if: steps.approval.event is none
    uses: chat.post
    via: ops
    with: {{ text: 'not approved ${{{{ trigger.order.number }}}}' }}
"
    )
}

const APPROVED: &str = "succeeded
approval: done
approved: done
missed: skipped; its `if` does not hold";
const MISSED: &str = "succeeded
approval: done
approved: skipped; its `if` does not hold
missed: done";

impl Shop {
    async fn says(&self) -> Vec<Value> {
        self.outbox().await.iter().map(|one| one["text"].clone()).collect()
    }

    /// Which runs went on by an event, once it was given to the workflows.
    async fn went_on(&self, event: &str) -> Value {
        let event = self.dispatched(event).await;
        event["event"]["verdicts"][0]["went_on"].clone()
    }
}

#[tokio::test]
async fn a_run_goes_on_when_its_event_comes_and_no_other_run_does() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url).workflow("waits", &waits("", "2m"))).await;
    let mut runs = Vec::new();
    for number in [1, 2] {
        let run = shop.run_of(&shop.place(&order(number)).await).await;
        let waiting = shop.step_in(&run, "approval", "waiting").await;
        assert_eq!(step_of(&waiting, "approval")["waits_for"], "order.approved");
        let hint = waiting["hint"].as_str().unwrap();
        assert!(hint.starts_with("It waits for order.approved, until "), "{hint}");
        runs.push(run);
    }
    let event = shop.approve(&order(2)).await;
    let ended = shop.ended(&runs[1]).await;
    assert_eq!(story(&ended), APPROVED);
    assert_eq!(step_of(&ended, "approval")["heard"], event.as_str());
    assert_eq!(shop.went_on(&event).await, json!([{ "run": runs[1], "step": "approval" }]));
    assert_eq!(shop.says().await, ["approved 2"]);
    // What was cancelled goes on by nothing.
    shop.act(&runs[0], "cancel", json!({})).await;
    let event = shop.approve(&order(1)).await;
    assert_eq!(shop.went_on(&event).await, Value::Null);
    assert_eq!(shop.ended(&runs[0]).await["run"]["state"], "cancelled");
    assert_eq!(shop.says().await, ["approved 2"]);
    shop.close().await;
}

#[tokio::test]
async fn a_run_whose_event_does_not_come_goes_on_in_the_end() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url).workflow("waits", &waits("", "2s"))).await;
    let ended = shop.served(&order(1)).await;
    assert_eq!(story(&ended), MISSED);
    // It comes too late.
    let event = shop.approve(&order(1)).await;
    assert_eq!(shop.went_on(&event).await, Value::Null);
    assert_eq!(shop.says().await, ["not approved 1"]);
    shop.close().await;
}

#[tokio::test]
async fn an_event_that_comes_before_the_run_waits_for_it_is_not_missed() {
    let services = FakeServer::scripted([]).await;
    let workflow =
        waits("", "2m").replace("steps:\n", "steps:\n  - { id: pause, wait: { for: 4s } }\n");
    let shop = Shop::open(given(&services.url).workflow("waits", &workflow)).await;
    // It is older than the run's own event, and does not count.
    let older = shop.approve(&order(1)).await;
    shop.dispatched(&older).await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    shop.step_in(&run, "pause", "waiting").await;
    let mut later = order(1);
    later["data"]["attributes"]["updated_at"] = json!("2026-11-20T10:00:00.000Z");
    let event = shop.approve(&later).await;
    shop.dispatched(&event).await;
    let ended = shop.ended(&run).await;
    assert_eq!(story(&ended).replace("pause: done\n", ""), APPROVED);
    assert_eq!(step_of(&ended, "approval")["heard"], event.as_str());
    assert_eq!(shop.went_on(&event).await, json!([{ "run": run, "step": "approval" }]));
    assert_eq!(shop.went_on(&older).await, Value::Null);
    shop.close().await;
}

#[tokio::test]
async fn an_event_that_does_not_meet_the_condition_leaves_the_wait_as_it_is() {
    let services = FakeServer::scripted([]).await;
    let condition =
        ", if: event.order.number == '1' and event.order.cancelled_at < trigger.order.placed_at";
    let workflow = waits(", if: event.order.number == '12'", "2m");
    let odd = waits(condition, "6s");
    let given = given(&services.url).workflow("waits", &workflow).workflow("odd", &odd);
    let shop = Shop::open(given).await;
    let placed = shop.place(&order(1)).await;
    let runs = shop.dispatched(&placed).await["event"]["verdicts"].clone();
    let run_of = |workflow: &str| {
        let mut runs = runs.as_array().unwrap().iter();
        let verdict = runs.find(|one| one["workflow"] == workflow).unwrap();
        verdict["run"].as_str().unwrap().to_owned()
    };
    let (run, odd) = (run_of("waits"), run_of("odd"));
    for run in [&run, &odd] {
        shop.step_in(run, "approval", "waiting").await;
    }
    let event = shop.approve(&order(1)).await;
    shop.dispatched(&event).await;
    // One that cannot be told to be the right one is noted, and the run goes on in its time.
    let ended = shop.ended(&odd).await;
    let tried = step_of(&ended, "approval")["tried"][0]["reason"].as_str().unwrap();
    assert!(
        tried.starts_with(&format!("event {event} came, and was not counted: if: ")),
        "{tried}"
    );
    assert_eq!(ended["run"]["state"], "succeeded");
    assert_eq!(step_of(&ended, "missed")["state"], "done");
    let mut other = order(1);
    other["data"]["attributes"]["number"] = json!(12);
    let event = shop.approve(&other).await;
    let ended = shop.ended(&run).await;
    assert_eq!(story(&ended), APPROVED);
    assert_eq!(step_of(&ended, "approval")["heard"], event.as_str());
    shop.close().await;
}

#[tokio::test]
async fn what_an_event_left_stays_through_a_replay() {
    let services = FakeServer::scripted([refused(401, "no such key"), taken()]).await;
    let mail = "  - { id: mail, uses: email.send, via: mail, with: { to: ada@example.com, subject: Order, text: Thanks } }
  - id: approved\n";
    let workflow = waits("", "2m").replace("  - id: approved\n", mail);
    let shop = Shop::open(given(&services.url).workflow("waits", &workflow)).await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    shop.step_in(&run, "approval", "waiting").await;
    let event = shop.approve(&order(1)).await;
    assert_eq!(shop.ended(&run).await["run"]["state"], "parked");
    shop.act(&run, "replay", json!({})).await;
    let ended = shop.ended(&run).await;
    assert_eq!((id(&ended), &ended["run"]["state"]), (run.as_str(), &json!("succeeded")));
    assert_eq!(step_of(&ended, "approval")["heard"], event.as_str());
    assert_eq!(shop.says().await, ["approved 1"]);
    shop.close().await;
}

#[tokio::test]
async fn each_item_of_a_loop_and_each_route_waits_for_itself() {
    let services = FakeServer::scripted([]).await;
    let workflow = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: each
    for_each: { items: \"${{ [1, 2] }}\", as: number }
    steps:
      - id: route
        choose:
          - if: number == 1
            steps:
              - { id: first, wait: { event: custom.go, key: { run: number, event: trigger.key }, for: 2m } }
              - { id: one, if: steps.first.event is not none, uses: chat.post, via: ops, with: { text: 'item ${{ number }} by ${{ steps.first.event.key }}' } }
          - else:
              - { id: second, wait: { event: custom.go, key: { run: number, event: trigger.key }, for: 1s } }
              - { id: two, uses: chat.post, via: ops, with: { text: 'item ${{ number }}, ${{ steps.second.status }}' } }
";
    let go = "
trigger: { event: order.approved, from: shop }
steps:
  - { id: go, emit: { event: custom.go, key: 1 } }
";
    let given = given(&services.url).workflow("waits", workflow).workflow("go", go);
    let shop = Shop::open(given).await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    shop.wait_for("the first item to wait", async || {
        let run = shop.get(&format!("/api/runs/{run}")).await;
        let mut steps = run["steps"].as_array().unwrap().iter();
        steps
            .any(|step| step["path"] == "each[0].route[0].first" && step["state"] == "waiting")
            .then_some(())
    })
    .await;
    let event = shop.approve(&order(1)).await;
    shop.run_of(&event).await;
    assert_eq!(shop.ended(&run).await["run"]["state"], "succeeded");
    let mut said = shop.says().await;
    said.sort_by_key(ToString::to_string);
    assert_eq!(said, ["item 1 by 1", "item 2, succeeded"]);
    shop.close().await;
}
