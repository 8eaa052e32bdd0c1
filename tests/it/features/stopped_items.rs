//! Items that stop a loop, and what becomes of them: skipped, passed over, or cancelled with their run.

use super::shop::{Shop, given, id, step_of, story};
use crate::fakes::FakeServer;
use crate::fakes::sendgrid::{refused, taken};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One mail for each line. Those that are not refused wait for long afterwards, where it says so.
const MAILS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: each
    for_each: { items: '${{ trigger.order.lines }}', as: line, concurrency: 2 }
    steps:
      - { id: send, uses: email.send, via: mail, with: { to: a@example.com, subject: '${{ line.sku }}', text: x } }
      - { id: pause, if: line.quantity > 1, wait: { for: 2h } }
      - { id: note, uses: chat.post, via: ops, with: { text: '${{ line.sku }} ${{ steps.send.status }}' } }
";

/// The same within a loop that goes on.
const NESTED: &str = "
trigger: { event: order.placed, from: shop }
steps:
  - id: outer
    on_error: continue
    for_each: { items: '${{ [1, 2] }}', as: round, concurrency: 1 }
    steps:
      - id: each
        for_each: { items: '${{ trigger.order.lines }}', as: line, concurrency: 2 }
        steps:
          - { id: send, uses: email.send, via: mail, with: { to: a@example.com, subject: '${{ round }} ${{ line.sku }}', text: x } }
  - id: last
    uses: chat.post
    via: ops
    with: { text: '${{ steps.outer.done }} done, ${{ steps.outer.failures | map(\"step\") | join(\" \") }}' }
";

/// An order with a line for each of these quantities.
async fn place(shop: &Shop, quantities: &[u32]) -> String {
    let lines = quantities.iter().enumerate();
    let lines: Vec<Value> = lines
        .map(|(line, quantity)| json!({ "sku": format!("sku{line}"), "quantity": quantity }))
        .collect();
    let order = json!({ "id": "order1", "number": "1", "lines": lines });
    let event =
        json!({ "event": "order.placed", "connection": "shop", "data": { "order": order } });
    let answer = shop.post("/api/events", event).await;
    shop.run_of(answer["event_id"].as_str().unwrap()).await
}

/// SendGrid, which refuses mails with that subject.
async fn refusing(subject: &'static str) -> FakeServer {
    FakeServer::deciding(move |seen| {
        let body: Value = serde_json::from_slice(&seen.body).unwrap();
        if body["subject"] == subject { refused(400, "bad") } else { taken() }
    })
    .await
}

/// The run, once its item waits there.
async fn waiting(shop: &Shop, run: &str, step: &str) -> Value {
    shop.wait_for(&format!("{step} to wait"), async || {
        let run = shop.get(&format!("/api/runs/{run}")).await;
        let waits = |one: &Value| one["path"] == step && one["state"] == "waiting";
        run["steps"].as_array().unwrap().iter().any(waits).then_some(run)
    })
    .await
}

async fn letters(shop: &Shop) -> Vec<Value> {
    shop.get("/api/dead-letters").await["dead_letters"].as_array().unwrap().clone()
}

/// Status and code of the answer.
async fn refusal(shop: &Shop, path: &str, body: Value) -> String {
    shop.call("POST", path, Some(body)).await.verdict()
}

#[tokio::test]
async fn a_failed_step_of_an_item_can_be_done_without() {
    let services = refusing("sku1").await;
    let shop = Shop::open(given(&services.url).workflow("mails", MAILS)).await;
    let run = shop.ended(&place(&shop, &[1, 1, 1]).await).await;
    assert_eq!(run["run"]["failure"]["step"], "each[1].send");
    assert_eq!(run["can"], json!(["replay", "resolve"]));
    assert_eq!(
        run["hint"],
        "Repair the cause of what step each[1].send says, then replay. To do without this step of the item, \
         resolve it as skip."
    );
    let resolve = format!("/api/runs/{}/resolve", id(&run));
    let say = |outcome: &str| json!({ "step": "each[1].send", "outcome": outcome });
    assert_eq!(refusal(&shop, &resolve, say("happened")).await, "409 run_not_parked");
    assert_eq!(letters(&shop).await.len(), 1);

    shop.post(&resolve, say("skip")).await;
    let run = shop.run_in(id(&run), "succeeded").await;
    let items = &step_of(&run, "each")["items"];
    let ended = ["done", "skipped", "failed", "stopped"].map(|end| items[end].as_u64().unwrap());
    assert_eq!(ended, [3, 0, 0, 0], "what came after the step was done");
    let said = shop.outbox().await;
    assert!(said.contains(&json!({ "text": "sku1 skipped" })), "{said:?}");
    assert_eq!(letters(&shop).await, [json!(null); 0]);
    shop.close().await;
}

#[tokio::test]
async fn an_item_of_which_the_only_step_is_done_without_counts_as_skipped() {
    let services = refusing("1 sku1").await;
    let workflow = NESTED.replace("    on_error: continue\n", "").replace("[1, 2]", "[1]");
    let shop = Shop::open(given(&services.url).workflow("mails", &workflow)).await;
    let run = shop.ended(&place(&shop, &[1, 1]).await).await;
    let step = "outer[0].each[1].send";
    assert_eq!(
        (run["run"]["state"].clone(), run["run"]["failure"]["step"].clone()),
        (json!("failed"), json!(step))
    );
    let replays = json!({ "state": "failed", "dry_run": true });
    let counted = shop.post("/api/replays", replays).await;
    assert_eq!((&counted["replayed"], &counted["refused"]), (&json!(1), &json!(0)));
    shop.act(id(&run), "resolve", json!({ "step": step, "outcome": "skip" })).await;
    shop.run_in(id(&run), "succeeded").await;
    assert_eq!(letters(&shop).await, [json!(null); 0]);
    shop.close().await;
}

#[tokio::test]
async fn an_item_that_stopped_goes_with_its_cancelled_run() {
    let services = refusing("sku0").await;
    let shop = Shop::open(given(&services.url).workflow("mails", MAILS)).await;
    let run = place(&shop, &[1, 2]).await;
    let run = waiting(&shop, &run, "each[1].pause").await;
    let letter = shop
        .wait_for("the letter of the item that stopped", async || letters(&shop).await.pop())
        .await;
    assert_eq!((&letter["run"], &letter["step"]), (&run["run"]["id"], &json!("each[0].send")));
    let items = &shop.get(&format!("/api/runs/{}", id(&run))).await["steps"][0]["items"];
    assert_eq!((&items["stopped"], &items["open"]), (&json!(1), &json!(1)), "{items:#}");

    shop.act(id(&run), "cancel", json!({})).await;
    let path = |action: &str| format!("/api/runs/{}/{action}", id(&run));
    let skip = json!({ "step": "each[0].send", "outcome": "skip" });
    assert_eq!(refusal(&shop, &path("resolve"), skip).await, "409 run_cancelled");
    assert_eq!(refusal(&shop, &path("replay"), json!({})).await, "409 run_cancelled");
    shop.wait_for("the letter to be settled", async || {
        letters(&shop).await.is_empty().then_some(())
    })
    .await;
    let run = shop.step_in(id(&run), "each", "cancelled").await;
    assert_eq!(story(&run), "cancelled\neach: cancelled");
    let redrive = format!("/api/dead-letters/{}/redrive", letter["id"].as_str().unwrap());
    assert_eq!(refusal(&shop, &redrive, json!({})).await, "404 not_found");
    shop.close().await;
}

#[tokio::test]
async fn an_item_that_stopped_within_a_loop_that_goes_on_raises_no_alarm_for_long() {
    let services = refusing("1 sku1").await;
    let shop = Shop::open(given(&services.url).workflow("nested", NESTED)).await;
    let run = shop.ended(&place(&shop, &[1, 1]).await).await;
    assert_eq!(story(&run), "succeeded\nouter: done\nlast: done");
    let items = &step_of(&run, "outer")["items"];
    assert_eq!((&items["done"], &items["failed"]), (&json!(1), &json!(1)), "{items:#}");
    assert_eq!(shop.outbox().await, [json!({ "text": "1 done, outer[0].each[1].send" })]);
    assert_eq!(letters(&shop).await, [json!(null); 0]);
    shop.close().await;
}

#[tokio::test]
async fn items_are_counted_while_their_branch_is_at_work() {
    let services = refusing("none").await;
    let workflow = MAILS.replace("concurrency: 2", "concurrency: 1");
    let shop = Shop::open(given(&services.url).workflow("mails", &workflow)).await;
    let run = place(&shop, &[1, 1, 2, 1]).await;
    let run = waiting(&shop, &run, "each[2].pause").await;
    let items = &step_of(&run, "each")["items"];
    assert_eq!(
        (&items["done"], &items["open"], &items["total"]),
        (&json!(2), &json!(1), &json!(4))
    );
    shop.act(id(&run), "cancel", json!({})).await;
    let run = shop.step_in(id(&run), "each", "cancelled").await;
    let items = &step_of(&run, "each")["items"];
    assert_eq!((&items["done"], &items["open"]), (&json!(2), &json!(0)));
    shop.close().await;
}

#[tokio::test]
async fn one_of_several_items_can_be_taken_up_alone() {
    let is_broken = Arc::new(AtomicBool::new(true));
    let broken = is_broken.clone();
    let services = FakeServer::deciding(move |_| {
        if broken.load(Ordering::Relaxed) { refused(400, "bad") } else { taken() }
    })
    .await;
    let shop = Shop::open(given(&services.url).workflow("mails", MAILS)).await;
    let run = shop.ended(&place(&shop, &[1, 1]).await).await;
    let stopped = |run: &Value| step_of(run, "each")["items"]["stopped"].as_u64();
    assert_eq!(stopped(&run), Some(2));
    is_broken.store(false, Ordering::Relaxed);
    let replay = format!("/api/runs/{}/replay", id(&run));
    let of = |step: &str| json!({ "step": step });
    assert_eq!(refusal(&shop, &replay, of("each[1].note")).await, "409 other_step");
    shop.post(&replay, of("each[1].send")).await;
    let run = shop
        .wait_for("the other item to stop the run again", async || {
            let run = shop.get(&format!("/api/runs/{}", id(&run))).await;
            (run["run"]["state"] == "failed" && stopped(&run) == Some(1)).then_some(run)
        })
        .await;
    assert_eq!(run["run"]["failure"]["step"], "each[0].send");
    let said = shop.outbox().await;
    assert!(said.contains(&json!({ "text": "sku1 succeeded" })), "{said:?}");
    shop.post(&replay, json!({})).await;
    shop.run_in(id(&run), "succeeded").await;
    shop.close().await;
}
