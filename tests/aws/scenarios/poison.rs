//! Messages that nobody understands.

use super::one_mail;
use crate::app::order;
use crate::fakes::Services;
use crate::site::Site;
use crate::stack::Stack;
use futures::future::join_all;
use serde_json::json;

/// They are put aside where people see them, and harm no other.
pub(super) async fn a_poison_message_among_good_ones_is_put_aside(site: &Site) {
    let services = Services::start(&["Key"]).await;
    let shop = site.open("poison", services.url(), one_mail()).await;
    let numbers = 1..=6;
    let placing = join_all(numbers.clone().map(async |number| {
        if number == 3 {
            shop.send("email-send", "poison for email.send").await;
            shop.send("dispatch", "poison for dispatch").await;
        }
        shop.begun(&order(number)).await
    }));
    for run in placing.await {
        shop.run_in(&run, "succeeded").await;
    }
    for number in numbers {
        assert_eq!(services.happened().mails(&format!("Order {number}")), 1);
    }
    for queue in ["email-send", "dispatch"] {
        put_aside(&shop, queue, &format!("poison for {}", queue.replace('-', "."))).await;
    }
}

/// It is a dead letter of the platform and lies in the queue for dead letters, which has an alarm.
async fn put_aside(stack: &Stack, queue: &str, text: &str) {
    let dead = format!("{queue}-dead");
    let message = stack
        .wait_for(&format!("poison in {dead}"), async || {
            stack.message(&dead, |body| body.contains(text)).await
        })
        .await;
    let letters = stack.get("/api/dead-letters").await["dead_letters"].clone();
    let ours = letters.as_array().unwrap().iter().filter(|letter| letter["kind"] == "unreadable");
    let queues: Vec<_> = ours.map(|letter| letter["queue"].clone()).collect();
    assert!(queues.contains(&json!(queue.replace('-', "."))), "{letters:#}");
    stack.remove(&message, &dead).await;
}
