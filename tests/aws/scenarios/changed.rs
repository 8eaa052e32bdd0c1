//! Changes while runs are under way.

use super::one_mail;
use crate::app::order;
use crate::fakes::sendgrid::{refused, taken};
use crate::fakes::{Answer, FakeServer, Seen};
use crate::site::Site;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Versions never change, and a run keeps to its own.
pub(super) async fn a_run_ends_with_the_version_that_it_began_with(site: &Site) {
    let later = refused(503, "later").header("retry-after", "4");
    let services = FakeServer::scripted([later, taken(), taken()]).await;
    let shop = site.open("versions", &services.url, one_mail()).await;
    let first = shop.begun(&order(1)).await;
    shop.wait_for("the first try", async || services.seen().first().map(drop)).await;
    shop.apply(&one_mail().replace("subject: Order", "subject: Your new order")).await;
    assert_eq!(shop.run_in(&first, "succeeded").await["run"]["version"], 1);
    assert_eq!(shop.served(&order(2)).await["run"]["version"], 2);
    let subjects: Vec<Value> = services.seen().iter().map(subject).collect();
    assert_eq!(json!(subjects), json!(["Order 1", "Order 1", "Your new order 2"]));
}

const TWO_MAILS: &str = "
trigger: { event: order.placed, from: NAME_shop, once_per: trigger.order.id }
steps:
  - { id: first, uses: email.send, via: NAME_mail, with: { to: a@example.com, subject: First, text: x } }
  - { id: second, uses: email.send, via: NAME_mail, with: { to: a@example.com, subject: Second, text: x } }
";

/// SendGrid accepts one key at a time, and only ours is old: it is read anew, once, and nobody has
/// to do anything.
pub(super) async fn a_secret_that_is_rotated_in_mid_run_is_read_anew(site: &Site) {
    let accepted = Arc::new(Mutex::new("SG.key".to_owned()));
    let valid = Arc::clone(&accepted);
    let (gate, opens) = tokio::sync::watch::channel(false);
    let services = FakeServer::deciding(move |request| {
        let key = format!("Bearer {}", valid.lock().unwrap());
        if request.header("authorization") != Some(&key) {
            return refused(401, "no such key");
        }
        Answer::Waits { gate: opens.clone(), then: Box::new(taken()) }
    })
    .await;
    let shop = site.open("rotated", &services.url, TWO_MAILS).await;
    let run = shop.begun(&order(1)).await;
    // The first mail is under way; from the second on the new key counts.
    shop.wait_for("the first mail", async || services.seen().first().map(drop)).await;
    shop.set_secret("sendgrid", "rotated", "SG.new").await;
    *accepted.lock().unwrap() = "SG.new".to_owned();
    gate.send_replace(true);
    shop.run_in(&run, "succeeded").await;
    let keys = services.seen();
    let keys: Vec<_> = keys.iter().map(|seen| seen.header("authorization").unwrap()).collect();
    assert!(
        matches!(
            keys[..],
            ["Bearer SG.key", "Bearer SG.key", "Bearer SG.new"]
                | ["Bearer SG.key", "Bearer SG.new"]
        ),
        "{keys:?}"
    );
}

fn subject(mail: &Seen) -> Value {
    serde_json::from_slice::<Value>(&mail.body).unwrap()["subject"].clone()
}
