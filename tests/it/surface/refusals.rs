//! Refusals that anybody can cause push nothing out: not the log, not what people have to see.

use crate::app::{Given, Hook, Logs, ORDER, TestApp};
use serde_json::Value;

const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.shop }}\" }
  other: { provider: commercelayer, webhook_secret: \"${{ secret.shop }}\" }
";

fn given() -> Given {
    Given::project(PROJECT).secret("shop", "hush")
}

async fn refused(app: &TestApp, query: &str) -> Vec<Value> {
    let list = app.get(&format!("/api/refusals{query}")).await;
    list["refusals"].as_array().unwrap().clone()
}

async fn send_junk(app: &TestApp, count: u32) {
    for number in 0..count {
        Hook::new(&format!("/hooks/made{number}/up{number}"), "").send(app).await;
    }
}

#[tokio::test]
async fn made_up_paths_share_one_place_and_push_no_real_refusal_out() {
    let app = given().start().await;
    Hook::commercelayer("shop", "orders.place", ORDER, "wrong").send(&app).await;
    send_junk(&app, 300).await;
    for query in ["", "?limit=3", "?limit=200"] {
        let seen = refused(&app, query).await;
        let of_shop = seen.iter().filter(|one| one["connection"] == "shop").count();
        assert_eq!(of_shop, 1, "{query}: {seen:#?}");
    }
    let seen = refused(&app, "?limit=200").await;
    assert_eq!(seen.len(), 21, "{seen:#?}");
    assert_eq!(seen[0]["path"], "/hooks/made299/up299");
    let shown = app.command(&["events", "--refused"]).await;
    assert!(shown.stdout.contains("commercelayer shop"), "{}", shown.stdout);
    app.stop().await;
}

#[tokio::test]
async fn an_address_without_a_connection_at_a_known_provider_is_not_pushed_out() {
    let app = given().start().await;
    Hook::new("/hooks/commercelayer/forgotten", ORDER).send(&app).await;
    send_junk(&app, 60).await;
    let seen = refused(&app, "?limit=200").await;
    let of_forgotten = seen.iter().filter(|one| one["path"] == "/hooks/commercelayer/forgotten");
    assert_eq!((of_forgotten.count(), seen.len()), (1, 21), "{seen:#?}");
    app.stop().await;
}

#[tokio::test]
async fn the_same_refusal_is_one_entry_with_its_count() {
    let app = given().start().await;
    for _ in 0..250 {
        Hook::commercelayer("shop", "orders.place", ORDER, "wrong").send(&app).await;
    }
    Hook::commercelayer("other", "orders.place", ORDER, "wrong").send(&app).await;
    Hook::new("/hooks/commercelayer/shop", ORDER).send(&app).await;
    let seen = refused(&app, "?limit=200").await;
    let counts: Vec<(&str, u64)> = seen
        .iter()
        .map(|one| (one["code"].as_str().unwrap(), one["count"].as_u64().unwrap()))
        .collect();
    let expected = [("signature_missing", 1), ("signature_invalid", 1), ("signature_invalid", 250)];
    assert_eq!(counts, expected);
    let shown = app.command(&["events", "--refused"]).await;
    assert!(shown.stdout.contains("250 times since "), "{}", shown.stdout);
    app.stop().await;
}

#[tokio::test]
async fn the_log_has_one_line_a_second_for_each_endpoint_and_code() {
    let app = given().start().await;
    let (logs, _guard) = Logs::capture();
    send_junk(&app, 300).await;
    for _ in 0..300 {
        Hook::commercelayer("shop", "orders.place", ORDER, "wrong").send(&app).await;
    }
    let text = logs.text();
    // What the other side of the test and its connections say is no part of it.
    let lines: Vec<&str> =
        text.lines().filter(|line| line.contains(" WARN ") || line.contains(" ERROR ")).collect();
    let bytes: usize = lines.iter().map(|line| line.len()).sum();
    assert!(lines.len() < 60, "{} lines of {bytes} bytes", lines.len());
    assert!(lines.iter().any(|line| line.contains("a delivery was refused")), "{lines:?}");
    app.stop().await;
}
