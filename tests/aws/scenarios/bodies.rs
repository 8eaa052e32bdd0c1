//! Bodies that not every service takes as they are.

use crate::app::{Hook, large_order, order};
use crate::fakes::{FakeServer, Seen, sendgrid};
use crate::site::Site;
use serde_json::{Value, json};

const NAMES: &str = "
trigger: { event: order.placed, from: NAME_shop, once_per: trigger.order.id }
steps:
  - id: thank
    uses: email.send
    via: NAME_mail
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Order ${{ trigger.order.number }}
      text: ${{ trigger.order.shipping_address.city }}
";

fn text(mail: &Seen) -> Value {
    serde_json::from_slice::<Value>(&mail.body).unwrap()["content"][0]["value"].clone()
}

fn to_city(number: u32, city: &str) -> Value {
    let mut order = order(number);
    let included = order["included"].as_array_mut().unwrap();
    let address = included.iter_mut().find(|one| one["type"] == "addresses").unwrap();
    address["attributes"]["city"] = json!(city);
    order
}

/// It waits in the bucket, and its messages say where.
pub(super) async fn an_order_that_is_too_large_for_a_message_goes_through_the_bucket(site: &Site) {
    let services = FakeServer::scripted([sendgrid::taken()]).await;
    let shop = site.open("large", &services.url, NAMES).await;
    let mut large = to_city(1, "Torino");
    large["data"]["attributes"]["metadata"] = json!({ "notes": "many words ".repeat(9_000) });
    assert!(large.to_string().len() > 48 * 1024);
    let before = claims(site).await;
    shop.run_in(&shop.begun(&large).await, "succeeded").await;
    assert_eq!(text(&services.seen()[0]), "Torino");
    assert!(claims(site).await > before, "the body is in the bucket");
}

/// SQS refuses this character in messages; it is inside of ours.
pub(super) async fn a_character_that_queues_refuse_survives_every_hop(site: &Site) {
    let services = FakeServer::scripted([sendgrid::taken()]).await;
    let shop = site.open("refused_text", &services.url, NAMES).await;
    let city = "Tor\u{ffff}ino \u{fffe}";
    shop.run_in(&shop.begun(&to_city(1, city)).await, "succeeded").await;
    assert_eq!(text(&services.seen()[0]), city);
}

const TABLE: &str = "
trigger: { event: order.placed, from: NAME_shop, once_per: trigger.order.id }
steps:
  - id: confirm
    uses: email.send
    via: NAME_mail
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Order ${{ trigger.order.number }}
      html: ${{ trigger.order.lines | order_table }}
";

/// An event of Lambda holds 6 MB, with the body in base64.
pub(super) async fn an_order_as_large_as_the_limit_allows_is_run_and_shown(site: &Site) {
    let services = FakeServer::scripted([sendgrid::taken()]).await;
    let shop = site.open("huge", &services.url, TABLE).await;
    let huge: Value = serde_json::from_str(&large_order(1, 880)).unwrap();
    let length = huge.to_string().len();
    assert!((4_000_000..4_400_000).contains(&length), "{length}");
    let run = shop.begun(&huge).await;
    let shown = shop.run_in(&run, "succeeded").await;
    assert_eq!(shown["trigger"]["order"]["lines"].as_array().unwrap().len(), 880);
    let html = services.seen()[0].body.clone();
    let html = serde_json::from_slice::<Value>(&html).unwrap()["content"][0]["value"].clone();
    assert_eq!(html.as_str().unwrap().matches("<tr>").count(), 881);

    let too_large = Hook { body: vec![b' '; 4_400_001], ..shop.hook(&huge) };
    let refused = too_large.send(&shop).await;
    assert_eq!(refused.verdict(), "413 body_too_large");
    assert!(refused.text.contains("4400000 bytes"), "{refused:?}");
}

/// It is kept as it came, and a person sees it.
pub(super) async fn a_signed_delivery_that_cannot_be_read_is_kept_and_listed(site: &Site) {
    let services = FakeServer::scripted([]).await;
    let shop = site.open("unmapped", &services.url, NAMES).await;
    let mut odd = order(1);
    odd["data"]["type"] = json!("order_copies");
    let answered = shop.hook(&odd).send(&shop).await;
    assert!(answered.status.is_success(), "{answered:?}");
    let event = answered.json()["event_ids"][0].as_str().unwrap().to_owned();
    let kept = shop.dispatched(&event).await;
    assert_eq!(kept["event"]["name"], "delivery.unmapped");
    assert_eq!(kept["event"]["unmapped"]["reason"], "data.type is not orders");
    let letter = shop.wait_for("the letter of the delivery", async || {
        let letters = shop.get("/api/dead-letters").await["dead_letters"].clone();
        let mut letters = letters.as_array().unwrap().clone().into_iter();
        letters.find(|letter| letter["event"] == event.as_str())
    });
    let letter = letter.await;
    assert_eq!(letter["kind"], "event");
    assert!(letter["reason"].as_str().unwrap().contains("data.type is not orders"), "{letter}");
    let path = format!("/api/dead-letters/{}/redrive", letter["id"].as_str().unwrap());
    let refused = shop.call("POST", &path, Some(json!({}))).await;
    assert_eq!(refused.verdict(), "422 payload_invalid", "no new mapping came with it");
}

/// How many bodies wait in the bucket.
async fn claims(site: &Site) -> usize {
    let s3 = site.stack.clients.s3();
    let buckets = s3.list_buckets().send().await.unwrap();
    let prefix = format!("tradewind-{}-", site.stack.stage);
    let mut names = buckets.buckets().iter().filter_map(|bucket| bucket.name());
    let bucket = names.find(|name| name.starts_with(&prefix)).unwrap();
    let listed = s3.list_objects_v2().bucket(bucket).prefix("events/").send().await.unwrap();
    listed.contents().len()
}
