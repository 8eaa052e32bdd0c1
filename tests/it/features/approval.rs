//! Steps that ask people.

use super::shop::{PROJECT, Shop, given, id, step_of};
use crate::app::{Answered, Given, order};
use crate::fakes::{Answer, FakeServer};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};
use std::time::Duration;

/// It asks whether an order is shipped, and what follows a no is put in the place of OTHERWISE.
const ASKS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: ask
    approval:
      to: [ops]
      question: Ship order ${{ trigger.order.number }}?
      deadline: 10m
      otherwise: OTHERWISE
  - id: tell
    uses: chat.post
    via: ops
    with: { text: '${{ steps.ask.decision }} by ${{ steps.ask.by | default(''nobody'') }}' }
on_failure:
  - { uses: chat.post, via: ops, with: { text: '${{ failure.reason }}' } }
";

/// A shop whose links lead to itself: tests know where that is.
fn asking(services: &str, otherwise: &str) -> Given {
    given(services).public().workflow("ask", &ASKS.replace("OTHERWISE", otherwise))
}

async fn shop(otherwise: &str) -> Shop {
    let services = FakeServer::scripted([]).await;
    Shop::open(asking(&services.url, otherwise)).await
}

/// The run of a new order, once it asks.
async fn asked(shop: &Shop, number: u32, step: &str) -> String {
    let run = shop.run_of(&shop.place(&order(number)).await).await;
    shop.step_in(&run, step, "waiting").await;
    run
}

/// The path of the link that was posted last.
async fn link(shop: &Shop) -> String {
    let outbox = shop.outbox().await;
    let text = outbox.iter().rev().find_map(|input| input["text"].as_str()?.split("\n\n").nth(1));
    let (_, path) = text.unwrap().split_once("/links/").unwrap();
    format!("/links/{path}")
}

async fn open(shop: &Shop, link: &str) -> Answered {
    shop.request(Method::GET, link, HeaderMap::new(), Vec::new()).await
}

async fn decide(shop: &Shop, link: &str, form: &str) -> Answered {
    let mut headers = HeaderMap::new();
    let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert("content-type", form_type);
    shop.request(Method::POST, link, headers, form.as_bytes().to_vec()).await
}

#[tokio::test]
async fn a_link_shows_what_is_asked_and_its_first_decision_counts() {
    let shop = shop("continue").await;
    let run = asked(&shop, 1, "ask").await;
    let link = link(&shop).await;
    let page = open(&shop, &link).await;
    assert_eq!(page.status, 200, "{page:?}");
    for shown in ["Ship order 1?", "Approve", "Decline", "Decide by", &run] {
        assert!(page.text.contains(shown), "{shown}: {page:?}");
    }
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    // Looking decides nothing.
    assert_eq!(step_of(&shop.get(&format!("/api/runs/{run}")).await, "ask")["state"], "waiting");
    let decided = decide(&shop, &link, "decision=yes&name=Ada%00+%0A+%3Cb%3E").await;
    let token = link.rsplit('/').next().unwrap();
    assert_eq!(
        (decided.status.as_u16(), decided.headers["location"].to_str().unwrap()),
        (303, token)
    );
    let late = decide(&shop, &link, "decision=no").await;
    assert_eq!(late.status, 303, "{late:?}");
    let late = format!("/links/{}", late.headers["location"].to_str().unwrap());
    let page = open(&shop, &late).await;
    assert!(page.text.contains("Your answer came later and changed nothing"), "{page:?}");
    let ended = shop.ended(&run).await;
    assert_eq!(ended["run"]["state"], "succeeded", "{ended:#}");
    let told = "approved by Ada <b>, by the link sent to ops";
    assert_eq!(shop.outbox().await.last().unwrap(), &json!({ "text": told }));
    let page = open(&shop, &link).await;
    assert!(page.text.contains("Approved by Ada &lt;b&gt;, by the link sent to ops"), "{page:?}");
    assert!(!page.text.contains("<button"), "{page:?}");
    let question = &step_of(&ended, "ask")["question"];
    assert_eq!(question["text"], "Ship order 1?");
    assert_eq!(question["decision"]["approved"], true, "{question:#}");
    assert!(question["decision"]["at"].is_string(), "{question:#}");
    shop.close().await;
}

#[tokio::test]
async fn times_are_shown_in_the_zone_of_the_project() {
    let services = FakeServer::scripted([]).await;
    let given = asking(&services.url, "continue").in_zone("Asia/Kolkata");
    let shop = Shop::open(given).await;
    let run = asked(&shop, 1, "ask").await;
    let link = link(&shop).await;
    let page = open(&shop, &link).await;
    let until = step_of(&shop.get(&format!("/api/runs/{run}")).await, "ask")["next_at"].clone();
    let until: tradewind_engine::time::Timestamp = until.as_str().unwrap().parse().unwrap();
    // Five and a half hours ahead, all the year.
    let there = until + Duration::from_secs(19_800);
    let shown = format!("{} (Asia/Kolkata)", there.strftime("%-d %B %Y, %H:%M"));
    assert!(page.text.contains(&shown) && !page.text.contains("UTC"), "{shown}: {page:?}");
    assert_eq!(decide(&shop, &link, "decision=yes").await.status, 303);
    let page = open(&shop, &link).await;
    assert!(page.text.contains("(Asia/Kolkata)</h1>"), "{page:?}");
    shop.ended(&run).await;
    shop.close().await;
}

#[tokio::test]
async fn where_the_run_goes_on_past_it_a_message_that_fails_does_not_keep_the_question_shut() {
    let services = FakeServer::scripted([Answer::status(400)]).await;
    let workflow = ASKS
        .replace("OTHERWISE", "continue")
        .replace("to: [ops]", "to: [ops, { via: mail, email: owner@example.com }]")
        .replace("steps.ask.decision }}", "steps.ask.decision | default(''none'') }}")
        .replace("    approval:", "    on_error: continue\n    approval:");
    let shop = Shop::open(given(&services.url).public().workflow("ask", &workflow)).await;
    let run = asked(&shop, 1, "ask").await;
    let shown = shop.get(&format!("/api/runs/{run}")).await;
    assert_eq!(step_of(&shown, "ask[mail]")["state"], "failed", "{shown:#}");
    assert_eq!(decide(&shop, &link(&shop).await, "decision=yes").await.status, 303);
    assert_eq!(shop.ended(&run).await["run"]["state"], "succeeded");
    shop.close().await;
}

#[tokio::test]
async fn a_no_cancels_the_run() {
    let shop = shop("cancel").await;
    let run = asked(&shop, 1, "ask").await;
    let decided = decide(&shop, &link(&shop).await, "decision=no").await;
    assert_eq!(decided.status, 303, "{decided:?}");
    let ended = shop.ended(&run).await;
    assert_eq!(ended["run"]["state"], "cancelled", "{ended:#}");
    assert_eq!(step_of(&ended, "tell")["state"], "pending");
    assert_eq!(step_of(&ended, "ask")["question"]["decision"]["approved"], false);
    assert_eq!(
        ended["hint"].as_str().unwrap().split('.').next(),
        Some("Step ask was declined by the link sent to ops")
    );
    shop.close().await;
}

#[tokio::test]
async fn a_yes_goes_on_whatever_a_no_would_do() {
    for otherwise in ["cancel", "fail"] {
        let shop = shop(otherwise).await;
        let run = asked(&shop, 1, "ask").await;
        let decided = decide(&shop, &link(&shop).await, "decision=yes").await;
        assert_eq!(decided.status, 303, "{decided:?}");
        let ended = shop.ended(&run).await;
        assert_eq!(ended["run"]["state"], "succeeded", "{otherwise}: {ended:#}");
        let told = json!({ "text": "approved by the link sent to ops" });
        assert_eq!(shop.outbox().await.last().unwrap(), &told, "{otherwise}");
        shop.close().await;
    }
}

#[tokio::test]
async fn a_no_fails_the_step_and_a_replay_asks_anew() {
    let shop = shop("fail").await;
    let run = asked(&shop, 1, "ask").await;
    let link = link(&shop).await;
    assert_eq!(decide(&shop, &link, "decision=no").await.status, 303);
    let ended = shop.ended(&run).await;
    assert_eq!(ended["run"]["state"], "failed", "{ended:#}");
    let reason = "declined by the link sent to ops";
    assert_eq!(ended["run"]["failure"]["reason"], reason);
    assert_eq!(shop.outbox().await.last().unwrap(), &json!({ "text": reason }));
    shop.act(&run, "replay", json!({})).await;
    shop.step_in(&run, "ask", "waiting").await;
    // The link that was sent opens it again.
    assert_eq!(decide(&shop, &link, "decision=yes").await.status, 303);
    let ended = shop.ended(&run).await;
    assert_eq!(ended["run"]["state"], "succeeded", "{ended:#}");
    shop.close().await;
}

#[tokio::test]
async fn a_deadline_that_nobody_met_is_as_a_no() {
    let services = FakeServer::scripted([]).await;
    let workflow = ASKS.replace("OTHERWISE", "continue").replace("10m", "2s");
    let shop = Shop::open(given(&services.url).public().workflow("ask", &workflow)).await;
    let run = asked(&shop, 1, "ask").await;
    let link = link(&shop).await;
    let ended = shop.ended(&run).await;
    assert_eq!(ended["run"]["state"], "succeeded", "{ended:#}");
    assert_eq!(shop.outbox().await.last().unwrap(), &json!({ "text": "expired by nobody" }));
    let page = open(&shop, &link).await;
    assert!(page.text.contains("The deadline has passed"), "{page:?}");
    let late = decide(&shop, &link, "decision=yes").await;
    assert_eq!(late.status, 303, "{late:?}");
    shop.close().await;
}

#[tokio::test]
async fn a_person_decides_by_the_api_and_only_what_asks() {
    let shop = shop("continue").await;
    let run = asked(&shop, 1, "ask").await;
    let shown = shop.get(&format!("/api/runs/{run}")).await;
    assert!(shown["can"].as_array().unwrap().contains(&json!("approve")), "{shown:#}");
    let hint = shown["hint"].as_str().unwrap();
    assert!(hint.starts_with("Step ask waits until "), "{hint}");
    let path = format!("/api/runs/{run}/approve");
    let refused = async |body: Value| shop.call("POST", &path, Some(body)).await.verdict();
    assert_eq!(refused(json!({ "step": "tell", "approved": true })).await, "409 not_asked");
    assert_eq!(refused(json!({})).await, "400 field_invalid");
    let after = shop.post(&path, json!({ "approved": true })).await;
    assert_eq!(id(&after), run);
    let ended = shop.ended(&run).await;
    assert_eq!(ended["run"]["state"], "succeeded", "{ended:#}");
    let by = step_of(&ended, "ask")["question"]["decision"]["by"].as_str().unwrap().to_owned();
    assert!(by.starts_with("token "), "{by}");
    assert_eq!(refused(json!({ "step": "ask", "approved": false })).await, "409 already_decided");
    assert_eq!(refused(json!({ "approved": false })).await, "409 run_succeeded");
    shop.close().await;
}

#[tokio::test]
async fn what_is_no_link_of_ours_opens_nothing() {
    let shop = shop("continue").await;
    let run = asked(&shop, 1, "ask").await;
    let link = link(&shop).await;
    let cut = &link[..link.len() - 3];
    let (below, above) = (format!("{link}/x"), format!("{link}AA"));
    for wrong in ["/links/x", cut, &above, &below] {
        assert_eq!(open(&shop, wrong).await.status, 404, "{wrong}");
        assert_eq!(decide(&shop, wrong, "decision=yes").await.status, 404, "{wrong}");
    }
    for form in ["", "decision=maybe", "approved=yes"] {
        let answered = decide(&shop, &link, form).await;
        assert_eq!(answered.status, 400, "{form}: {answered:?}");
    }
    shop.act(&run, "cancel", json!({})).await;
    let page = open(&shop, &link).await;
    assert!(page.text.contains("The run was cancelled"), "{page:?}");
    assert_eq!(decide(&shop, &link, "decision=yes").await.status, 303);
    assert_eq!(shop.ended(&run).await["run"]["state"], "cancelled");
    shop.close().await;
}

#[tokio::test]
async fn each_item_of_a_loop_asks_for_itself() {
    let services = FakeServer::scripted([]).await;
    let workflow = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: each
    for_each: { items: [1, 2], as: part, concurrency: 2 }
    steps:
      - id: ask
        approval: { to: [ops], question: 'Part ${{ part }}?', deadline: 10m, otherwise: continue }
  - { id: tell, uses: chat.post, via: ops, with: { text: '${{ steps.each.done }} done' } }
";
    let given = given(&services.url).public().in_zone("Asia/Kolkata").workflow("ask", workflow);
    let shop = Shop::open(given).await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    for step in ["each[0].ask", "each[1].ask"] {
        shop.wait_for("the item to ask", async || {
            let shown = shop.get(&format!("/api/runs/{run}")).await;
            let steps = shown["steps"].as_array().unwrap().clone();
            steps.iter().any(|one| one["path"] == step && one["state"] == "waiting").then_some(())
        })
        .await;
    }
    let path = format!("/api/runs/{run}/approve");
    let shown = shop.get(&format!("/api/runs/{run}")).await;
    assert!(
        shown["hint"].as_str().unwrap().contains(" somebody to decide, and 1 more"),
        "{shown:#}"
    );
    let both = shop.call("POST", &path, Some(json!({ "approved": true }))).await;
    assert_eq!(both.verdict(), "422 request_invalid", "{both:?}");
    let one = json!({ "step": "each[0].ask", "approved": true });
    assert_eq!(id(&shop.post(&path, one).await), run);
    // By its link, the other one.
    let outbox = shop.outbox().await;
    let other = outbox.iter().find_map(|one| one["text"].as_str()?.strip_prefix("Part 2?\n\n"));
    let (_, token) = other.unwrap().split_once("/links/").unwrap();
    let other = format!("/links/{token}");
    assert_eq!(decide(&shop, &other, "decision=no&name=Bo").await.status, 303);
    let ended = shop.ended(&run).await;
    assert_eq!(ended["run"]["state"], "succeeded", "{ended:#}");
    assert_eq!(shop.outbox().await.last().unwrap(), &json!({ "text": "2 done" }));
    // What became of an item is not kept, but for who decided.
    let page = open(&shop, &other).await;
    assert!(page.text.contains("Declined by Bo, by the link sent to ops"), "{page:?}");
    assert!(page.text.contains("(Asia/Kolkata)</h1>"), "{page:?}");
    shop.close().await;
}

#[tokio::test]
async fn without_an_address_for_links_nobody_is_asked() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url)).await;
    let files = json!({ "source": ASKS.replace("OTHERWISE", "cancel") });
    let refused = shop.call("PUT", "/api/workflows/ask", Some(files)).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.text.contains("public_url"), "{refused:?}");
    assert!(!PROJECT.contains("public_url"));
    shop.close().await;
}
