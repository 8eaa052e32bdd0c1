//! An action that always fails, and the ways out.

use super::one_mail;
use crate::app::order;
use crate::fakes::sendgrid::{refused, taken};
use crate::fakes::{Answer, FakeServer};
use crate::site::{Shop, Site};
use crate::stack::Message;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const DEAD: &str = "email-send-dead";

/// SendGrid, which refuses everything until it is cured.
async fn ill(cured: &Arc<AtomicBool>) -> FakeServer {
    let cured = Arc::clone(cured);
    FakeServer::deciding(move |_| -> Answer {
        if cured.load(Ordering::SeqCst) { taken() } else { refused(400, "bad sender") }
    })
    .await
}

/// The run has failed, says why, and its wake-up is among the action's dead letters.
async fn given_up(shop: &Shop<'_>, run: &str) -> (Value, Message) {
    let failed = shop.run_in(run, "failed").await;
    let reason = failed["steps"][0]["reason"].as_str().unwrap_or_default();
    assert_eq!(reason, "SendGrid answered 400: bad sender", "{failed:#}");
    let letter = shop.letter(run).await;
    assert_eq!(letter["step"], json!("thank"));
    let message = shop
        .wait_for("the wake-up in the dead letter queue", async || {
            shop.message(DEAD, |body| body.contains(run)).await
        })
        .await;
    (letter, message)
}

/// By `POST /api/dead-letters/{id}/redrive`.
pub(super) async fn what_always_fails_is_completed_by_the_api_after_the_cure(site: &Site) {
    let cured = Arc::default();
    let services = ill(&cured).await;
    let shop = site.open("redriven", &services.url, one_mail()).await;
    let run = shop.begun(&order(1)).await;
    let (letter, _) = given_up(&shop, &run).await;
    cured.store(true, Ordering::SeqCst);
    let id = letter["id"].as_str().unwrap();
    shop.post(&format!("/api/dead-letters/{id}/redrive"), json!({})).await;
    shop.run_in(&run, "succeeded").await;
    assert!(shop.letters(&run).await.is_empty());
    // The queue's copy goes with the letter, so that its alarm ends.
    shop.wait_for("the dead letter queue to forget it", async || {
        shop.message(DEAD, |body| body.contains(&run)).await.is_none().then_some(())
    })
    .await;
    assert_eq!(services.seen().len(), 2);
}

/// By moving the message from the dead letter queue to its source, as the console of SQS does.
pub(super) async fn a_message_moved_back_replays_its_step_and_an_old_copy_does_nothing(
    site: &Site,
) {
    let cured = Arc::default();
    let services = ill(&cured).await;
    let shop = site.open("moved", &services.url, one_mail()).await;
    let run = shop.begun(&order(1)).await;
    let (_, message) = given_up(&shop, &run).await;
    cured.store(true, Ordering::SeqCst);
    shop.move_message(&message, DEAD, "email-send").await;
    shop.run_in(&run, "succeeded").await;
    let letters = shop.wait_for("its letter to be gone", async || {
        let letters = shop.letters(&run).await;
        letters.is_empty().then_some(letters)
    });
    letters.await;
    assert_eq!(services.seen().len(), 2);

    shop.send("email-send", &message.body).await;
    shop.drained("email-send").await;
    let run = shop.get(&format!("/api/runs/{run}")).await;
    assert_eq!(run["run"]["state"], "succeeded");
    assert_eq!(services.seen().len(), 2, "an old duplicate does nothing");
}
