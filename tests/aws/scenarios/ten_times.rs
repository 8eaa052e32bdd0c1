//! A sender that repeats itself.

use super::one_mail;
use crate::app::order;
use crate::fakes::Services;
use crate::site::Site;
use futures::future::join_all;
use http::StatusCode;
use serde_json::json;

/// Commerce Layer tries again what was not answered in time, and all tries may arrive together.
pub(super) async fn the_same_delivery_ten_times_at_once_is_one_run(site: &Site) {
    let services = Services::start(&["Key"]).await;
    let shop = site.open("ten", services.url(), one_mail()).await;
    let hook = shop.hook(&order(1));
    let answers = join_all((0..10).map(|_| hook.send(&shop))).await;
    let events: Vec<String> = answers.iter().map(crate::app::Answered::event).collect();
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    assert!(events.iter().all(|event| *event == events[0]), "{events:?}");
    let run = shop.run_of(&events[0]).await;
    shop.run_in(&run, "succeeded").await;
    // All ten have been looked at.
    shop.drained("dispatch").await;
    shop.drained("email-send").await;
    assert_eq!(services.happened().mails("Order 1"), 1);
    let event = shop.get(&format!("/api/events/{}", events[0])).await;
    assert_eq!(event["event"]["verdicts"].as_array().map(Vec::len), Some(1));
    assert_eq!(event["event"]["verdicts"][0]["run"], json!(run));
}
