//! Who gets in, and from where.

use super::given::order;
use super::world::{TOKEN, World};
use serde_json::Value;
use tradewind_engine::ports::SecretText;

#[tokio::test]
async fn only_the_whole_token_opens_the_api() {
    let world = World::empty();
    let cases: &[(&[(&str, &str)], u16)] = &[
        (&[("authorization", "Bearer open-sesame")], 200),
        (&[("authorization", "bearer open-sesame")], 200),
        (&[], 401),
        (&[("authorization", "Bearer")], 401),
        (&[("authorization", "Bearer ")], 401),
        (&[("authorization", "open-sesame")], 401),
        (&[("authorization", "Basic open-sesame")], 401),
        (&[("authorization", "Bearer open-sesam")], 401),
        (&[("authorization", "Bearer open-sesame2")], 401),
        (&[("authorization", "Bearer wrong"), ("authorization", "Bearer open-sesame")], 401),
        (&[("cookie", "token=open-sesame")], 401),
    ];
    for (headers, status) in cases {
        let answer = world.send("GET", "/api/status", headers, "").await;
        assert_eq!(answer.status, *status, "{headers:?}");
    }
    let in_query = world.send("GET", "/api/status?token=open-sesame", &[], "").await;
    assert_eq!(in_query.refusal(), "401 unauthorized");
}

#[tokio::test]
async fn without_a_token_of_its_own_nobody_gets_in() {
    let world = World::with(|api| api.token = SecretText::from(""));
    for header in ["Bearer ", "Bearer x"] {
        let answer = world.send("GET", "/api/status", &[("authorization", header)], "").await;
        assert_eq!(answer.refusal(), "401 unauthorized");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_told_only_to_those_who_are_in() {
    let world = World::empty();
    for path in ["/api", "/api/", "/api/none", "/api/runs/x/y/z", "/api/openapi.json/x"] {
        assert_eq!(world.send("GET", path, &[], "").await.refusal(), "401 unauthorized", "{path}");
        let answer = world.call("GET", path, Value::Null).await;
        assert_eq!(answer.refusal(), "404 not_found", "{path}");
    }
    assert_eq!(world.send("DELETE", "/api/runs", &[], "").await.refusal(), "401 unauthorized");
}

#[tokio::test]
async fn another_method_is_answered_with_those_there_are() {
    let world = World::empty();
    let answer = world.call("DELETE", "/api/project", Value::Null).await;
    assert_eq!(answer.refusal(), "405 method_not_allowed");
    let allow: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
    assert!(allow.contains(&"GET") && allow.contains(&"PUT"), "{allow:?}");
    let answer = world.call("POST", "/api/openapi.json", Value::Null).await;
    assert_eq!(answer.refusal(), "405 method_not_allowed");
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let world = World::applied().await;
    let cases = [
        ("http://localhost:8080", 202),
        ("http://LOCALHOST:8080", 202),
        ("https://evil.example", 403),
        ("http://localhost:8081", 403),
        ("http://localhost:8080.evil.example", 403),
        ("null", 403),
        ("", 403),
    ];
    for (origin, status) in cases {
        let headers = [("origin", origin)];
        let answer = world.call_with("POST", "/api/events", &headers, order("ord_1")).await;
        assert_eq!(answer.status, status, "{origin}");
        let answer = world.call_with("GET", "/api/status", &headers, Value::Null).await;
        assert_eq!(answer.status, 200, "{origin}");
    }
    let preflight = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    assert_eq!(world.send("OPTIONS", "/api/events", &preflight, "").await.status, 401);
}

#[tokio::test]
async fn the_token_stands_in_no_answer() {
    let world = World::applied().await;
    let paths =
        ["/api/openapi.json", "/api/status", "/api/project", "/api/endpoints", "/api/audit"];
    for path in paths {
        assert!(!world.call("GET", path, Value::Null).await.text.contains(TOKEN), "{path}");
    }
}
