//! The topic of a Commerce Layer delivery is not signed: its payload has to agree with it.

use super::shop::{SECRET, given};
use crate::app::{Hook, TestApp, order};
use serde_json::{Value, json};

async fn tell(app: &TestApp, topic: &str, body: &Value) -> Vec<Value> {
    let hook = Hook::commercelayer("shop", topic, body.to_string(), SECRET);
    let answered = hook.send(app).await;
    assert_eq!(answered.verdict(), "200", "{topic}");
    answered.json()["event_ids"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_body_that_was_sent_again_as_another_topic_is_not_believed() {
    let app = given().start().await;
    let placed = order(1);
    assert_eq!(tell(&app, "orders.place", &placed).await.len(), 1);
    for topic in ["orders.cancel", "orders.approve"] {
        assert_eq!(tell(&app, topic, &placed).await, Vec::<Value>::new(), "{topic}");
        let refusal = app.get("/api/refusals").await["refusals"][0].clone();
        assert_eq!(refusal["code"], "topic_contradicts_payload");
        assert!(refusal["reason"].to_string().contains(topic), "{refusal}");
    }
    app.settle().await;
    assert_eq!(app.get("/api/events").await["events"].as_array().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn an_order_that_is_meanwhile_approved_or_cancelled_was_placed_all_the_same() {
    let app = given().start().await;
    for (number, status) in [(1, "approved"), (2, "cancelled"), (3, "editing")] {
        let mut order = order(number);
        order["data"]["attributes"]["status"] = json!(status);
        assert_eq!(tell(&app, "orders.place", &order).await.len(), 1, "{status}");
    }
    let mut sparse = order(4);
    for name in ["status", "placed_at", "approved_at", "cancelled_at"] {
        sparse["data"]["attributes"].as_object_mut().unwrap().remove(name);
    }
    for topic in ["orders.place", "orders.approve", "orders.cancel"] {
        assert_eq!(tell(&app, topic, &sparse).await.len(), 1, "{topic}: nothing says no");
    }
    app.stop().await;
}
