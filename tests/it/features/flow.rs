//! Routes, and steps that wait.

use super::shop::{Shop, given, id, step_of, story};
use crate::app::order;
use crate::fakes::FakeServer;
use expect_test::expect;
use serde_json::{Value, json};

/// Large orders are told of; the others are thanked for where somebody is to be thanked.
const ROUTES: &str = "
trigger: { event: order.placed, from: shop }
steps:
  - id: route
    choose:
      - if: trigger.order.number in ['1', '2']
        steps:
          - id: size
            choose:
              - if: trigger.order.number == '1'
                steps:
                  - { id: large, uses: chat.post, via: ops, with: { text: large } }
          - { id: after, uses: chat.post, via: ops, with: { text: 'after ${{ steps.large.status }}' } }
      - if: trigger.order.number == '3'
        steps:
          - { id: small, uses: chat.post, via: ops, with: { text: small } }
  - { id: last, uses: chat.post, via: ops, with: { text: 'last ${{ steps.small.status }}' } }
";

#[tokio::test]
async fn the_first_route_whose_condition_holds_is_taken() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url).workflow("routes", ROUTES)).await;
    expect![[r#"
        succeeded
        route: done
        route[0].size: done
        route[0].size[0].large: done
        route[0].after: done
        route[1].small: skipped; another route was taken
        last: done"#]]
    .assert_eq(&story(&shop.served(&order(1)).await));
    expect![[r#"
        succeeded
        route: done
        route[0].size: done
        route[0].size[0].large: skipped; no route was taken
        route[0].after: done
        route[1].small: skipped; another route was taken
        last: done"#]]
    .assert_eq(&story(&shop.served(&order(2)).await));
    shop.served(&order(3)).await;
    // None holds, and there is no `else`.
    shop.served(&order(4)).await;
    let said: Vec<Value> = shop.outbox().await.iter().map(|one| one["text"].clone()).collect();
    let expected = [
        "large",
        "after succeeded",
        "last skipped",
        "after skipped",
        "last skipped",
        "small",
        "last succeeded",
        "last skipped",
    ];
    assert_eq!(said, expected);
    shop.close().await;
}

#[tokio::test]
async fn a_route_that_cannot_be_chosen_stops_its_run_and_is_chosen_again_by_a_replay() {
    let services = FakeServer::scripted([]).await;
    let workflow = "
trigger: { event: order.placed, from: shop }
steps:
  - id: route
    choose:
      - if: trigger.order.cancelled_at < trigger.order.placed_at
        steps: [ { id: odd, uses: chat.post, via: ops, with: { text: odd } } ]
on_failure:
  - { uses: chat.post, via: ops, with: { text: '${{ failure.step }} failed' } }
";
    let shop = Shop::open(given(&services.url).workflow("route", workflow)).await;
    let run = shop.served(&order(1)).await;
    let told = story(&run);
    assert!(told.starts_with("failed\nroute: failed; choose[0].if: "), "{told}");
    assert_eq!(shop.outbox().await, [json!({ "text": "route failed" })]);
    let letters = shop.get("/api/dead-letters").await;
    assert_eq!(letters["dead_letters"][0]["queue"], "flow");
    shop.act(id(&run), "replay", json!({})).await;
    assert_eq!(shop.ended(id(&run)).await["run"]["state"], "failed");
    assert_eq!(shop.outbox().await.len(), 2);
    shop.close().await;
}

/// It waits for a time before it tells.
fn waiting(wait: &str) -> String {
    format!(
        "
trigger: {{ event: order.placed, from: shop, once_per: trigger.order.id }}
steps:
  - {{ id: first, uses: chat.post, via: ops, with: {{ text: first }} }}
  - {{ id: pause, wait: {wait} }}
  - {{ id: second, uses: chat.post, via: ops, with: {{ text: 'second, pause ${{{{ steps.pause.status }}}}' }} }}
"
    )
}

#[tokio::test]
async fn a_run_waits_for_a_while_and_goes_on() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url).workflow("waits", &waiting("{ for: 2s }"))).await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    let waits = shop.step_in(&run, "pause", "waiting").await;
    assert_eq!(step_of(&waits, "pause")["action"], "wait");
    let until = step_of(&waits, "pause")["next_at"].as_str().unwrap().to_owned();
    assert!(waits["hint"].as_str().unwrap().starts_with("It waits until "), "{waits:#}");
    let run = shop.ended(&run).await;
    expect![[r#"
        succeeded
        first: done
        pause: done
        second: done"#]]
    .assert_eq(&story(&run));
    assert!(step_of(&run, "pause")["ended_at"].as_str().unwrap() >= until.as_str());
    assert_eq!(shop.outbox().await[1], json!({ "text": "second, pause succeeded" }));
    shop.close().await;
}

#[tokio::test]
async fn a_moment_that_has_passed_is_not_waited_for() {
    let services = FakeServer::scripted([]).await;
    let workflow = waiting("{ until: '${{ trigger.order.placed_at }}' }");
    let shop = Shop::open(given(&services.url).workflow("waits", &workflow)).await;
    expect![[r#"
        succeeded
        first: done
        pause: done
        second: done"#]]
    .assert_eq(&story(&shop.served(&order(1)).await));
    shop.close().await;
}

#[tokio::test]
async fn a_run_that_waits_can_be_cancelled() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url).workflow("waits", &waiting("{ for: 4s }"))).await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    shop.step_in(&run, "pause", "waiting").await;
    let cancelled = shop.act(&run, "cancel", json!({})).await;
    assert_eq!(cancelled["run"]["state"], "cancelled");
    assert_eq!(shop.outbox().await.len(), 1);
    shop.close().await;
}

#[tokio::test]
async fn a_wait_whose_time_comes_while_its_workflow_stands_still_goes_on_when_it_is_resumed() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url).workflow("waits", &waiting("{ for: 2s }"))).await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    shop.step_in(&run, "pause", "waiting").await;
    shop.post("/api/workflows/waits/pause", json!({})).await;
    shop.step_in(&run, "pause", "ready").await;
    shop.post("/api/workflows/waits/resume", json!({})).await;
    assert_eq!(shop.ended(&run).await["run"]["state"], "succeeded");
    shop.close().await;
}

#[tokio::test]
async fn a_run_that_waits_ends_with_the_version_that_it_began_with() {
    let services = FakeServer::scripted([]).await;
    let given = given(&services.url).workflow("waits", &waiting("{ for: 3s }"));
    let shop = Shop::open(given.clone()).await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    shop.step_in(&run, "pause", "waiting").await;
    let other = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - { id: other, uses: chat.post, via: ops, with: { text: other } }
";
    shop.apply(&given.workflow("waits", other)).await;
    assert_eq!(shop.ended(&run).await["run"]["version"], 1);
    assert_eq!(shop.outbox().await.len(), 2);
    shop.close().await;
}

#[tokio::test]
async fn flow_steps_may_fail_and_stand_below_on_failure() {
    let services = FakeServer::scripted([]).await;
    // An order's number is a text, and no moment.
    let workflow = "
trigger: { event: order.placed, from: shop }
steps:
  - { id: pause, on_error: continue, wait: { until: '${{ trigger.order.number }}' } }
  - { id: tell, uses: chat.post, via: ops, with: { text: 'pause ${{ steps.pause.status }}' } }
  - { id: rest, wait: { until: '${{ trigger.order.number }}' } }
on_failure:
  - { id: breathe, wait: { for: 1s } }
  - id: way
    choose:
      - else:
          - { id: alarm, uses: chat.post, via: ops, with: { text: '${{ failure.step }} failed' } }
";
    let shop = Shop::open(given(&services.url).workflow("fails", workflow)).await;
    let run = shop.served(&order(1)).await;
    expect![[r#"
        failed
        pause: failed; wait.until: gives no moment, such as 2026-12-24T08:00:00Z
        tell: done
        rest: failed; wait.until: gives no moment, such as 2026-12-24T08:00:00Z
        on_failure.breathe: done
        on_failure.way: done
        on_failure.way[0].alarm: done"#]]
    .assert_eq(&story(&run));
    assert!(run["hint"].as_str().unwrap().contains("start it again from the event"), "{run:#}");
    let said = shop.outbox().await;
    assert_eq!(said, [json!({ "text": "pause failed" }), json!({ "text": "rest failed" })]);
    shop.close().await;
}
