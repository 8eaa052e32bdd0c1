//! Events that workflows emit, and the workflows that listen to them.

use super::shop::{Shop, given, id, step_of, story};
use crate::app::order;
use crate::fakes::FakeServer;
use serde_json::{Value, json};

const TELLS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: tell
    emit:
      event: custom.placed_here
      key: '${{ trigger.order.number }}'
      data: { order: '${{ trigger.order.id }}', big: '${{ trigger.order.total.amount > 0 }}' }
  - { id: note, uses: chat.post, via: ops, with: { text: '${{ steps.tell.event_id }}' } }
";

const HEARS: &str = "
trigger: { event: custom.placed_here, once_per: trigger.key }
if: trigger.data.big
steps:
  - { id: say, uses: chat.post, via: ops, with: { text: '${{ trigger.key }}: ${{ trigger.data.order }}, ${{ trigger.test }}' } }
";

/// The only run of a workflow, once it has ended.
async fn ended_of(shop: &Shop, workflow: &str) -> Value {
    let run = shop
        .wait_for(&format!("a run of {workflow}"), async || {
            let runs = shop.get(&format!("/api/runs?workflow={workflow}")).await;
            runs["runs"][0]["id"].as_str().map(str::to_owned)
        })
        .await;
    shop.ended(&run).await
}

/// The event that `note` has told of.
async fn emitted(shop: &Shop) -> String {
    let said = shop.outbox().await;
    let said = said.iter().filter_map(|one| one["text"].as_str());
    said.into_iter().find(|text| text.starts_with("evt_")).unwrap().to_owned()
}

#[tokio::test]
async fn what_a_workflow_emits_starts_those_that_listen() {
    let services = FakeServer::scripted([]).await;
    let given = given(&services.url).workflow("tells", TELLS).workflow("hears", HEARS);
    let shop = Shop::open(given).await;
    let placed = shop.place(&order(1)).await;
    let told = ended_of(&shop, "tells").await;
    assert_eq!(story(&told), "succeeded\ntell: done\nnote: done");
    assert_eq!(step_of(&told, "tell")["action"], "emit");
    let event = emitted(&shop).await;
    let heard = ended_of(&shop, "hears").await;
    assert_eq!(story(&heard), "succeeded\nsay: done");
    assert_eq!(heard["run"]["event"], event);
    let shown = shop.get(&format!("/api/events/{event}")).await;
    let by = json!({ "workflow": "tells", "run": id(&told), "step": "tell", "depth": 1 });
    assert_eq!(shown["event"]["emitted"], by);
    assert_eq!(shown["event"]["name"], "custom.placed_here");
    assert_eq!(shown["data"]["key"], "1");
    assert_eq!(shown["data"]["data"]["big"], true);
    // What started it came from nobody here.
    assert_eq!(shop.get(&format!("/api/events/{placed}")).await["event"].get("emitted"), None);
    let mut said: Vec<String> =
        shop.outbox().await.iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect();
    said.retain(|text| *text != event);
    let input = &shop.get(&format!("/api/events/{event}")).await["data"]["data"]["order"];
    assert_eq!(said, [format!("1: {}, {}", input.as_str().unwrap(), heard["run"]["test"])]);
    shop.close().await;
}

#[tokio::test]
async fn an_event_that_nobody_listens_to_is_kept() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url).workflow("tells", TELLS)).await;
    shop.served(&order(1)).await;
    let event = emitted(&shop).await;
    let shown = shop
        .wait_for("the event", async || {
            let events = shop.get("/api/events").await["events"].as_array().unwrap().clone();
            events.into_iter().find(|one| one["id"] == event.as_str())
        })
        .await;
    assert_eq!(shown["verdicts"], json!([]));
    shop.close().await;
}

#[tokio::test]
async fn what_an_event_cannot_hold_fails_its_step() {
    let services = FakeServer::scripted([]).await;
    let workflow = "
trigger: { event: order.placed, from: shop }
steps:
  - id: no_key
    on_error: continue
    emit: { event: custom.a, key: '${{ trigger.order.cancelled_at }}' }
  - id: no_map
    on_error: continue
    emit: { event: custom.a, data: '${{ [1] }}' }
  - id: long_key
    emit: { event: custom.a, key: '${{ trigger.order.number }}-LONG' }
";
    let workflow = workflow.replace("LONG", &"x".repeat(520));
    let shop = Shop::open(given(&services.url).workflow("odd", &workflow)).await;
    let run = shop.served(&order(1)).await;
    let told = story(&run);
    let reason =
        |step: &str| step_of(&run, step)["tried"][0]["reason"].as_str().unwrap().to_owned();
    assert!(told.starts_with("failed\n"), "{told}");
    assert!(reason("no_key").starts_with("emit.key: "), "{told}");
    assert_eq!(reason("no_map"), "emit.data: gives no map");
    assert!(reason("long_key").ends_with("and a key has at most 512"), "{told}");
    let events = shop.get("/api/events").await["events"].as_array().unwrap().clone();
    assert!(!events.iter().any(|one| one["name"] == "custom.a"), "{events:?}");
    shop.close().await;
}

#[tokio::test]
async fn a_circle_of_events_ends() {
    let services = FakeServer::scripted([]).await;
    let first = "
trigger: { event: order.placed, from: shop }
steps:
  - { id: begin, emit: { event: custom.round } }
";
    let round = "
trigger: { event: custom.round }
steps:
  - { id: again, emit: { event: custom.round } }
";
    let shop =
        Shop::open(given(&services.url).workflow("first", first).workflow("round", round)).await;
    shop.place(&order(1)).await;
    let failed = shop
        .wait_for("the chain to end", async || {
            let runs = shop.get("/api/runs?workflow=round&state=failed").await;
            runs["runs"][0]["id"].as_str().map(str::to_owned)
        })
        .await;
    let run = shop.ended(&failed).await;
    assert_eq!(
        step_of(&run, "again")["tried"][0]["reason"],
        "emit: 16 events have led to one another: do workflows emit in a circle?"
    );
    let runs = shop.get("/api/runs?workflow=round&limit=100").await;
    assert_eq!(runs["runs"].as_array().unwrap().len(), 16);
    shop.close().await;
}

#[tokio::test]
async fn each_item_of_a_loop_emits_an_event_of_its_own() {
    let services = FakeServer::scripted([]).await;
    let tells = "
trigger: { event: order.placed, from: shop }
steps:
  - id: each
    for_each: { items: '${{ [1, 2, 3, 4, 5] }}', as: number, concurrency: 2 }
    steps:
      - { id: tell, emit: { event: custom.numbered, key: '${{ number }}' } }
      - { id: note, uses: chat.post, via: ops, with: { text: '${{ number }} ${{ steps.tell.event_id }}' } }
";
    let hears =
        HEARS.replace("custom.placed_here", "custom.numbered").replace("if: trigger.data.big", "");
    let hears = hears.replace("${{ trigger.data.order }}, ${{ trigger.test }}", "heard");
    let ends = "
trigger: { event: run.succeeded }
if: trigger.run.workflow == 'tells'
steps:
  - { id: say, uses: chat.post, via: ops, with: { text: 'end of ${{ trigger.run.id }}' } }
";
    let given = given(&services.url).workflow("tells", tells).workflow("hears", &hears);
    let shop = Shop::open(given.workflow("ends", ends)).await;
    let run = shop.served(&order(1)).await;
    assert_eq!(story(&run), "succeeded\neach: done");
    let said = shop
        .wait_for("all to be heard", async || {
            let said = shop.outbox().await;
            let mut said: Vec<_> =
                said.iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect();
            said.sort();
            (said.len() == 11).then_some(said)
        })
        .await;
    let heard: Vec<_> = said.iter().filter(|text| text.ends_with("heard")).collect();
    assert_eq!(heard, ["1: heard", "2: heard", "3: heard", "4: heard", "5: heard"]);
    assert_eq!(
        said.last().unwrap(),
        &format!("end of {}", id(&run)),
        "no branch announces its end"
    );
    for number in 1..=5 {
        let begins = format!("{number} evt_");
        let note = said.iter().find(|text| text.starts_with(&begins)).unwrap();
        let event = shop.get(&format!("/api/events/{}", &note[2..])).await;
        assert_eq!(event["data"]["key"], number.to_string());
        let by = json!({
            "workflow": "tells", "run": id(&run), "step": format!("each[{}].tell", number - 1), "depth": 1,
        });
        assert_eq!(event["event"]["emitted"], by);
    }
    shop.close().await;
}
