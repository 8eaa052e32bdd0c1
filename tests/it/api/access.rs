//! Who gets in, and from where.

use super::given::order;
use super::world::{FixedGrants, TOKEN, World};
use axum::extract::ConnectInfo;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tradewind_api::access::{Grant, ReadableGrants, TokenDigest, TokenName};
use tradewind_api::types::Scope;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::Timestamp;

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
    let none = ReadableGrants {
        grants: Grant::own(TokenName::local(), "").into_iter().collect(),
        unread: None,
    };
    let world = World::with(|api| api.grants = Arc::new(FixedGrants(none)));
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
        ("http://localhost", 403),
        ("https://localhost", 403),
        ("ftp://localhost:8080", 403),
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

#[tokio::test]
async fn a_standard_port_is_the_same_whether_it_is_said_or_not() {
    let world = World::applied().await;
    let bearer = format!("Bearer {TOKEN}");
    let cases = [
        ("localhost", "http://localhost:80", 202),
        ("localhost:80", "http://localhost", 202),
        ("automation.example.com", "https://automation.example.com", 202),
        ("automation.example.com:443", "https://automation.example.com", 202),
        ("automation.example.com:443", "http://automation.example.com", 403),
        ("automation.example.com", "https://automation.example.com:8443", 403),
    ];
    for (host, origin, status) in cases {
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("origin", origin),
        ];
        let answer =
            world.send_to(host, "POST", "/api/events", &headers, order("ord_1").to_string()).await;
        assert_eq!(answer.status, status, "{host} {origin}: {}", answer.text);
    }
}

#[tokio::test]
async fn only_under_a_name_of_its_own_does_the_api_answer() {
    let world = World::applied().await;
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("authorization", bearer.as_str())];
    for (host, status) in [
        ("localhost:8080", 200),
        ("127.0.0.1", 200),
        ("automation.example.com", 200),
        ("evil.example", 421),
        ("evil.example:8080", 421),
    ] {
        for path in ["/api/status", "/api/openapi.json"] {
            let answer = world.send_to(host, "GET", path, &headers, "").await;
            assert_eq!(answer.status, status, "{host}{path}");
        }
        let stranger = world.send_to(host, "GET", "/api/status", &[], "").await;
        let expected = if status == 200 { "401 unauthorized" } else { "421 host_refused" };
        assert_eq!(stranger.refusal(), expected, "{host}");
    }
}

#[tokio::test]
async fn whatever_token_does_not_fit_the_answer_is_the_same() {
    let expired = Grant {
        name: TokenName::new("ci").unwrap(),
        scope: Scope::Apply,
        sha256: TokenDigest::of("tw_expired"),
        created_at: None,
        expires_at: Some("2026-11-23T12:00:00Z".parse().unwrap()),
    };
    let known = ReadableGrants { grants: Arc::new([expired]), unread: None };
    let world = World::with(|api| api.grants = Arc::new(FixedGrants(known)));
    let mut answers = Vec::new();
    for header in ["Bearer tw_expired", "Bearer tw_other", "Bearer x", "Basic x", ""] {
        let answer = world.send("GET", "/api/status", &[("authorization", header)], "").await;
        answers.push((answer.status, answer.text, format!("{:?}", answer.headers)));
    }
    assert_eq!(answers[0].0, 401);
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:?}");
}

#[tokio::test]
async fn a_token_opens_the_api_until_it_expires() {
    let at: Timestamp = "2026-11-23T12:01:00Z".parse().unwrap();
    let grant = |name: &str, expires_at| Grant {
        name: TokenName::new(name).unwrap(),
        scope: Scope::Read,
        sha256: TokenDigest::of(name),
        created_at: None,
        expires_at,
    };
    let grants = Arc::new([grant("ci", Some(at)), grant("watch", None)]);
    let known = ReadableGrants { grants, unread: None };
    let world = World::with(|api| api.grants = Arc::new(FixedGrants(known)));
    let status = async |token: &str| {
        let bearer = format!("Bearer {token}");
        world.send("GET", "/api/status", &[("authorization", &bearer)], "").await.status
    };
    assert_eq!(
        (status("ci").await, status("watch").await),
        (200.try_into().unwrap(), 200.try_into().unwrap())
    );
    world.pass(Duration::from_secs(60));
    assert_eq!(
        (status("ci").await, status("watch").await),
        (401.try_into().unwrap(), 200.try_into().unwrap())
    );
    let headers = [("authorization", "Bearer watch")];
    let list = world.send("GET", "/api/tokens", &headers, "").await.json();
    assert_eq!(
        list["tokens"],
        json!([
            { "name": "ci", "scope": "read", "created_at": null,
                "expires_at": "2026-11-23T12:01:00Z", "expired": true },
            { "name": "watch", "scope": "read", "created_at": null, "expires_at": null,
                "expired": false },
        ])
    );
}

#[tokio::test]
async fn while_tokens_cannot_be_read_those_that_are_known_go_on() {
    let own = Grant::own(TokenName::local(), TOKEN);
    let reason = "an inner secret".to_owned();
    let unread = Some(Unavailable::new("SSM", reason));
    let known = ReadableGrants { grants: own.into_iter().collect(), unread };
    let world = World::with(|api| api.grants = Arc::new(FixedGrants(known)));
    assert_eq!(world.call("GET", "/api/status", Value::Null).await.status, 200);
    let other = world.send("GET", "/api/status", &[("authorization", "Bearer tw_2")], "").await;
    assert_eq!(other.refusal(), "503 unavailable");
    assert!(!other.text.contains("inner") && !other.header("retry-after").is_empty());
    let without = world.send("GET", "/api/status", &[], "").await;
    assert_eq!(without.refusal(), "401 unauthorized");
}

/// What is seen of those who were not let in: reasons, the newest first.
async fn refused(world: &World) -> Vec<String> {
    let answer = world.call("GET", "/api/refusals", Value::Null).await.json();
    let refusals = answer["refusals"].as_array().unwrap().iter();
    let shown = |one: &Value| format!("{} {}", one["code"], one["reason"]).replace('"', "");
    refusals.map(shown).collect()
}

#[tokio::test]
async fn strangers_are_told_of_once_a_minute_with_their_number_and_their_address() {
    let world = World::empty();
    let knock = async |from: &str, host: &str| {
        let peer = ConnectInfo(from.parse::<SocketAddr>().unwrap());
        let headers = [
            ("authorization", "Bearer tw_guess"),
            // Whoever asks says so; it is not believed.
            ("x-forwarded-for", "198.51.100.1"),
            ("forwarded", "for=198.51.100.1"),
        ];
        world.send_from(Some(peer), host, "GET", "/api/status", &headers, "").await.status
    };
    assert_eq!(knock("192.0.2.1:1", "localhost").await, 401);
    for number in 0..499 {
        let from = format!("192.0.2.{}:{}", 1 + number % 2, 1_000 + number);
        assert_eq!(knock(&from, "localhost").await, 401);
    }
    assert_eq!(knock("[::ffff:192.0.2.3]:1", "evil.example").await, 421);
    let first = "unauthorized 1 request with a wrong token, from 192.0.2.1 (1)";
    assert_eq!(refused(&world).await, [first]);
    world.pass(Duration::from_secs(60));
    let later = "unauthorized 499 requests with a wrong token, from 192.0.2.1 (250), 192.0.2.2 (249); \
                 1 request under a host name that is not ours, from 192.0.2.3 (1)";
    // It is told with the next request, whoever's it is.
    assert_eq!(refused(&world).await, [later, first]);
    world.pass(Duration::from_secs(600));
    assert_eq!(refused(&world).await.len(), 2);
}
