//! Standing still, and stopping.

use super::shop::{Shop, THANKS, given, id, story};
use crate::app::order;
use crate::fakes::FakeServer;
use crate::fakes::sendgrid::{refused, taken};
use expect_test::expect;
use serde_json::json;

#[tokio::test]
async fn a_paused_workflow_takes_events_and_works_on_them_when_it_is_resumed() {
    let services = FakeServer::scripted([taken()]).await;
    let other = "
trigger: { event: order.placed, from: shop }
steps:
  - { id: tell, uses: chat.post, via: ops, with: { text: x } }
";
    let project = given(&services.url).workflow("thanks", THANKS).workflow("other", other);
    let shop = Shop::open(project).await;
    shop.post("/api/workflows/thanks/pause", json!({})).await;
    let event = shop.dispatched(&shop.place(&order(1)).await).await;
    let verdicts = &event["event"]["verdicts"];
    // The other workflow shows that there was time enough.
    shop.ended(verdicts[0]["run"].as_str().unwrap()).await;
    let paused = verdicts[1]["run"].as_str().unwrap();
    let run = shop.get(&format!("/api/runs/{paused}")).await;
    assert_eq!(run["run"]["state"], "active");
    assert!(services.seen().is_empty());
    shop.post("/api/workflows/thanks/resume", json!({})).await;
    shop.run_in(paused, "succeeded").await;
    assert_eq!(services.seen().len(), 1);
    shop.close().await;
}

#[tokio::test]
async fn everything_that_failed_is_taken_up_again_at_once() {
    let script = (1..=3).map(|_| refused(400, "bad")).chain((1..=3).map(|_| taken()));
    let services = FakeServer::scripted(script).await;
    let shop = Shop::open(given(&services.url).workflow("thanks", THANKS)).await;
    let mut runs = Vec::new();
    for number in 1..=3 {
        let run = shop.served(&order(number)).await;
        assert_eq!(run["run"]["state"], "failed");
        runs.push(id(&run).to_owned());
    }
    let asked = json!({ "state": "failed", "workflow": "thanks" });
    let replay = shop.post("/api/replays", asked).await;
    let path = format!("/api/replays/{}", replay["id"].as_str().unwrap());
    let replay = shop
        .wait_for("the end of the replay", async || {
            let replay = shop.get(&path).await;
            (replay["state"] == "done").then_some(replay)
        })
        .await;
    assert_eq!((&replay["replayed"], &replay["refused"]), (&json!(3), &json!(0)));
    for run in &runs {
        shop.run_in(run, "succeeded").await;
    }
    assert_eq!(shop.get("/api/dead-letters").await["dead_letters"], json!([]));
    shop.close().await;
}

#[tokio::test]
async fn a_cancelled_run_tries_no_more() {
    let later = refused(503, "later").header("retry-after", "1");
    let services = FakeServer::scripted([later, taken()]).await;
    let shop = Shop::open(given(&services.url).workflow("thanks", THANKS)).await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    shop.step_in(&run, "thank", "retry").await;
    let run = shop.act(&run, "cancel", json!({})).await;
    assert_eq!(run["can"], json!([]));
    expect![[r#"
        cancelled
        thank: cancelled; SendGrid answered 503: later"#]]
    .assert_eq(&story(&run));
    // The next one comes after the time at which it would have been tried again.
    shop.served(&order(2)).await;
    shop.close().await;
}
