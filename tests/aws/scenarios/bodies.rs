//! Bodies that not every service takes as they are.

use crate::app::order;
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
