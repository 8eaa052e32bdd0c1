//! What people can see of endpoints and of refused deliveries.

use super::shop::{given, placed};
use crate::app::{Hook, ORDER};
use serde_json::json;

#[tokio::test]
async fn an_endpoint_that_is_not_ready_says_inside_what_is_missing() {
    let app = given().start().await;
    let endpoints = app.get("/api/endpoints").await;
    let shown = |name: &str| {
        let all = endpoints["endpoints"].as_array().unwrap();
        all.iter().find(|one| one["connection"] == name).unwrap().clone()
    };
    let shop = shown("shop");
    assert_eq!((&shop["ready"], &shop["reason"]), (&json!(true), &json!(null)));
    assert_eq!(shop["url"], "https://automation.example.com/hooks/commercelayer/shop");
    for name in ["bare", "unset"] {
        let endpoint = shown(name);
        assert_eq!(endpoint["ready"], json!(false), "{endpoint}");
        let reason = endpoint["reason"].as_str().unwrap();
        assert!(reason.starts_with("endpoint_not_ready: "), "{reason}");
    }
    assert!(shown("unset")["reason"].as_str().unwrap().contains("nobody_set_it"));
    app.stop().await;
}

#[tokio::test]
async fn a_refused_delivery_is_seen_inside_with_its_reason() {
    let app = given().start().await;
    placed(ORDER).without("x-commercelayer-signature").send(&app).await;
    Hook::new("/hooks/commercelayer/bare", ORDER).send(&app).await;
    Hook::new("/hooks/commercelayer/%1b[2J", ORDER).send(&app).await;
    let refusals = app.get("/api/refusals").await["refusals"].clone();
    let seen = refusals.as_array().unwrap().iter().map(|one| {
        let text = |name: &str| one[name].as_str().unwrap().to_owned();
        format!("{} {} {}", text("provider"), text("connection"), text("code"))
    });
    let seen: Vec<String> = seen.collect();
    assert_eq!(
        seen,
        [
            "commercelayer [2J not_found",
            "commercelayer bare endpoint_not_ready",
            "commercelayer shop signature_missing",
        ]
    );
    let shown = app.command(&["events", "--refused"]).await;
    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert!(shown.stdout.contains("endpoint_not_ready"), "{shown:?}");
    app.stop().await;
}

#[tokio::test]
async fn the_status_says_at_which_endpoint_and_fits_the_narrowest_terminal() {
    let app = given().start().await;
    let quiet = app.command(&["status"]).await;
    for said in
        ["nothing lies in any queue", "no connection is held back", "no delivery was refused"]
    {
        assert!(quiet.stdout.contains(said), "{quiet:?}");
    }
    for _ in 0..3 {
        placed("{}").header("x-commercelayer-signature", "wrong").send(&app).await;
    }
    Hook::new("/hooks/nobody/1", "").send(&app).await;
    let shown = app.command(&["status"]).await;
    assert_eq!(shown.code, Some(0), "{shown:?}");
    let row = shown.stdout.lines().find(|line| line.starts_with("commercelayer/shop"));
    let words: Vec<&str> = row.unwrap_or_default().split_whitespace().collect();
    assert_eq!((words.get(1), words.last()), (Some(&"3"), Some(&"signature_invalid")), "{shown:?}");
    assert!(shown.stdout.lines().any(|line| line.starts_with("other paths")), "{shown:?}");
    for line in shown.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    app.stop().await;
}

#[tokio::test]
async fn only_the_newest_refusals_are_kept() {
    let app = given().start().await;
    for number in 0..103 {
        Hook::new(&format!("/hooks/nobody/{number}"), "").send(&app).await;
    }
    let refusals = app.get("/api/refusals?limit=200").await["refusals"].clone();
    let refusals = refusals.as_array().unwrap();
    assert_eq!((refusals.len(), &refusals[0]["connection"]), (20, &json!("102")));
    app.stop().await;
}
