//! The same done with each item of a list.

use super::shop::{Shop, given, id, step_of, story};
use crate::fakes::sendgrid::{refused, taken};
use crate::fakes::{Answer, FakeServer};
use expect_test::expect;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// A label is posted for each line of the order.
const LABELS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: each
    for_each: { items: '${{ trigger.order.lines }}', as: line, concurrency: 2 }
    steps:
      - { id: label, uses: chat.post, via: ops, if: line.quantity > 0, with: { text: '${{ line.sku }} of ${{ trigger.order.number }}' } }
      - { id: after, uses: chat.post, via: ops, if: steps.label.status == 'succeeded', with: { text: 'after ${{ line.sku }}' } }
  - id: last
    uses: chat.post
    via: ops
    with: { text: '${{ steps.each.done }} done, ${{ steps.each.skipped }} skipped, ${{ steps.each.failed }} failed' }
";

/// One mail for each line, by a service that may refuse some.
const MAILS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: each
    ON_ERROR
    for_each: { items: '${{ trigger.order.lines }}', as: line, concurrency: 2 }
    steps:
      - id: send
        uses: email.send
        via: mail
        with: { to: a@example.com, subject: '${{ line.sku }}', text: x }
  - id: last
    uses: chat.post
    via: ops
    with: { text: '${{ steps.each.done }} done, ${{ steps.each.failures | map(\"step\") | join(\" \") }}' }
on_failure:
  - { uses: chat.post, via: ops, with: { text: '${{ failure.step }} failed' } }
";

/// An order of so many lines, all but every third with a quantity.
async fn place(shop: &Shop, number: u32, lines: u32) -> String {
    let lines: Vec<Value> = (0..lines)
        .map(|line| json!({ "sku": format!("sku{line}"), "quantity": i64::from(line % 3 != 2) }))
        .collect();
    let order =
        json!({ "id": format!("order{number}"), "number": number.to_string(), "lines": lines });
    let event =
        json!({ "event": "order.placed", "connection": "shop", "data": { "order": order } });
    let answer = shop.post("/api/events", event).await;
    shop.run_of(answer["event_id"].as_str().unwrap()).await
}

/// The mails that were asked for, by the subject.
fn mailed(services: &FakeServer) -> Vec<String> {
    let mut subjects = super::shop::subjects(&services.seen());
    subjects.sort();
    subjects
}

/// SendGrid, which refuses the first mail with each of these subjects.
async fn refusing(subjects: &[&'static str]) -> FakeServer {
    let subjects = Mutex::new(BTreeSet::from_iter(subjects.iter().copied()));
    FakeServer::deciding(move |seen| {
        let body: Value = serde_json::from_slice(&seen.body).unwrap();
        match subjects.lock().unwrap().remove(body["subject"].as_str().unwrap()) {
            true => refused(400, "bad"),
            false => taken(),
        }
    })
    .await
}

#[tokio::test]
async fn the_same_is_done_with_each_item() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url).workflow("labels", LABELS)).await;
    let run = shop.ended(&place(&shop, 7, 7).await).await;
    expect![[r#"
        succeeded
        each: done
        last: done"#]]
    .assert_eq(&story(&run));
    let counts = json!({
        "total": 7, "done": 5, "failed": 0, "skipped": 2, "open": 0, "stopped": 0, "failures": [],
    });
    assert_eq!(step_of(&run, "each")["items"], counts);
    let mut said: Vec<String> = shop.outbox().await.iter().map(text).collect();
    assert_eq!(said.pop().unwrap(), "5 done, 2 skipped, 0 failed");
    said.sort();
    let of_each = ["sku0", "sku1", "sku3", "sku4", "sku6"];
    let expected = of_each.map(|sku| format!("after {sku}")).into_iter();
    let expected: Vec<String> = expected.chain(of_each.map(|sku| format!("{sku} of 7"))).collect();
    assert_eq!(said, expected);
    shop.close().await;
}

fn text(message: &Value) -> String {
    message["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_list_without_items_is_passed() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url).workflow("labels", LABELS)).await;
    let run = shop.ended(&place(&shop, 1, 0).await).await;
    expect![[r#"
        succeeded
        each: done
        last: done"#]]
    .assert_eq(&story(&run));
    assert_eq!(shop.outbox().await, [json!({ "text": "0 done, 0 skipped, 0 failed" })]);
    shop.close().await;
}

#[tokio::test]
async fn an_item_that_fails_stops_the_run_once_the_others_have_ended_and_a_replay_goes_on_there() {
    let services = refusing(&["sku1"]).await;
    let workflow = MAILS.replace("ON_ERROR", "");
    let shop = Shop::open(given(&services.url).workflow("mails", &workflow)).await;
    let run = shop.ended(&place(&shop, 1, 3).await).await;
    expect![[r#"
        failed
        each: failed; SendGrid answered 400: bad
        each[1].send: failed; SendGrid answered 400: bad
        last: pending
        on_failure[0]: done"#]]
    .assert_eq(&story(&run));
    assert_eq!(run["run"]["failure"]["step"], "each[1].send");
    assert_eq!(shop.outbox().await, [json!({ "text": "each[1].send failed" })]);
    // The branch that stopped began with sku0; the other went on.
    assert_eq!(mailed(&services), ["sku0", "sku1", "sku2"]);
    let letters = shop.get("/api/dead-letters").await;
    assert_eq!(letters["dead_letters"].as_array().unwrap().len(), 1, "{letters:#}");
    assert_eq!(letters["dead_letters"][0]["run"], run["run"]["id"]);
    assert_eq!(letters["dead_letters"][0]["step"], "each[1].send");
    assert_eq!(run["can"], json!(["replay", "resolve"]));

    shop.act(id(&run), "replay", json!({})).await;
    let run = shop.run_in(id(&run), "succeeded").await;
    assert_eq!(step_of(&run, "each")["items"]["done"], 3);
    assert_eq!(mailed(&services), ["sku0", "sku1", "sku1", "sku2"]);
    assert_eq!(shop.get("/api/dead-letters").await["dead_letters"], json!([]));
    shop.close().await;
}

#[tokio::test]
async fn a_loop_that_goes_on_counts_the_items_that_failed() {
    let services = refusing(&["sku0", "sku3"]).await;
    let workflow = MAILS.replace("ON_ERROR", "on_error: continue");
    let shop = Shop::open(given(&services.url).workflow("mails", &workflow)).await;
    let run = shop.ended(&place(&shop, 1, 5).await).await;
    expect![[r#"
        succeeded
        each: done
        last: done"#]]
    .assert_eq(&story(&run));
    let items = &step_of(&run, "each")["items"];
    assert_eq!((&items["done"], &items["failed"]), (&json!(3), &json!(2)));
    assert_eq!(items["failures"][0]["reason"], "SendGrid answered 400: bad");
    let mut failed: Vec<&str> = items["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["step"].as_str().unwrap())
        .collect();
    failed.sort_unstable();
    assert_eq!(failed, ["each[0].send", "each[3].send"]);
    assert_eq!(mailed(&services).len(), 5);
    shop.close().await;
}

#[tokio::test]
async fn what_became_of_an_item_is_said_by_a_person() {
    let services = FakeServer::deciding(|_| Answer::Resets).await;
    let workflow = MAILS.replace("ON_ERROR", "");
    let shop = Shop::open(given(&services.url).workflow("mails", &workflow)).await;
    let run = shop.ended(&place(&shop, 1, 1).await).await;
    assert_eq!(run["run"]["state"], "parked", "{run:#}");
    assert_eq!(run["can"], json!(["resolve"]));
    let body = json!({ "step": "each[0].send", "outcome": "skip" });
    shop.act(id(&run), "resolve", body).await;
    let run = shop.run_in(id(&run), "succeeded").await;
    let items = &step_of(&run, "each")["items"];
    assert_eq!((&items["done"], &items["skipped"]), (&json!(0), &json!(1)));
    shop.close().await;
}

#[tokio::test]
async fn loops_and_routes_stand_within_loops() {
    let services = FakeServer::scripted([]).await;
    let workflow = "
trigger: { event: order.placed, from: shop }
steps:
  - { id: before, uses: chat.post, via: ops, with: { text: before } }
  - id: outer
    for_each: { items: '${{ trigger.order.lines }}', as: line }
    steps:
      - id: inner
        for_each: { items: '${{ [1, 2, 3] }}', as: number }
        steps:
          - id: choice
            choose:
              - if: number != 2
                steps:
                  - { id: say, uses: chat.post, via: ops, with: { text: '${{ line.sku }} ${{ number }} ${{ steps.before.status }}' } }
      - { id: total, uses: chat.post, via: ops, with: { text: '${{ line.sku }} ${{ steps.inner.done }}/${{ steps.inner.skipped }}' } }
";
    let shop = Shop::open(given(&services.url).workflow("nested", workflow)).await;
    let run = shop.ended(&place(&shop, 1, 2).await).await;
    assert_eq!(run["run"]["state"], "succeeded", "{run:#}");
    let mut said: Vec<String> = shop.outbox().await.iter().map(text).collect();
    said.sort();
    let expected = [
        "before",
        "sku0 1 succeeded",
        "sku0 2/1",
        "sku0 3 succeeded",
        "sku1 1 succeeded",
        "sku1 2/1",
        "sku1 3 succeeded",
    ];
    assert_eq!(said, expected);
    shop.close().await;
}

#[tokio::test]
async fn a_cancelled_run_begins_no_further_item() {
    let services = FakeServer::scripted([]).await;
    let workflow = "
trigger: { event: order.placed, from: shop }
steps:
  - id: each
    for_each: { items: '${{ trigger.order.lines }}', as: line, concurrency: 2 }
    steps:
      - { id: pause, wait: { for: 3s } }
      - { id: say, uses: chat.post, via: ops, with: { text: '${{ line.sku }}' } }
";
    let shop = Shop::open(given(&services.url).workflow("slow", workflow)).await;
    let run = place(&shop, 1, 4).await;
    shop.wait_for("both branches to wait", async || {
        let run = shop.get(&format!("/api/runs/{run}")).await;
        let waits = |step: &&Value| step["action"] == "wait" && step["state"] == "waiting";
        (run["steps"].as_array().unwrap().iter().filter(waits).count() == 2).then_some(())
    })
    .await;
    let cancelled = shop.act(&run, "cancel", json!({})).await;
    assert_eq!(cancelled["run"]["state"], "cancelled");
    shop.wait_for("the branches to hear of it", async || {
        let run = shop.get(&format!("/api/runs/{run}")).await;
        (step_of(&run, "each")["items"]["open"] == 0).then_some(())
    })
    .await;
    assert_eq!(shop.outbox().await, [json!(null); 0]);
    shop.close().await;
}
