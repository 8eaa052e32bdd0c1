//! The access token: asked for once, shared, and renewed once.

use super::{APPROVE, GET, error, order, token};
use crate::conformance::stage::{Stage, outcome};
use crate::conformance::trouble::{check_answers, check_trouble};
use crate::fakes::{Answer, FakeServer};
use expect_test::expect;
use futures::future::join_all;
use serde_json::json;
use std::time::Duration;

fn token_calls(server: &FakeServer) -> usize {
    server.seen().iter().filter(|seen| seen.target == "/oauth/token").count()
}

#[tokio::test]
async fn one_token_serves_two_actions() {
    let script = [token("token-1"), order("placed"), order("approved")];
    let server = FakeServer::scripted(script).await;
    let stage = Stage::new();
    stage.perform(&GET, &server.url).await.unwrap();
    stage.perform(&APPROVE, &server.url).await.unwrap();
    assert_eq!(token_calls(&server), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let script = [token("token-1"), order("placed"), token("token-2"), order("placed")];
    let server = FakeServer::scripted(script).await;
    let stage = Stage::new();
    stage.perform(&GET, &server.url).await.unwrap();
    stage.clock.pass(Duration::from_secs(7_190));
    stage.perform(&GET, &server.url).await.unwrap();
    assert_eq!(server.seen()[3].header("authorization"), Some("Bearer token-2"));
}

#[tokio::test]
async fn ten_calls_at_once_ask_for_one_token() {
    let server = FakeServer::deciding(|seen| match seen.target.as_str() {
        "/oauth/token" => token("token-1"),
        _ => order("placed"),
    })
    .await;
    let stage = Stage::new();
    let calls = (0..10).map(|_| stage.perform(&GET, &server.url));
    for found in join_all(calls).await {
        assert_eq!(found.unwrap()["order"]["status"], "placed");
    }
    assert_eq!((token_calls(&server), server.seen().len()), (1, 11));
}

#[tokio::test]
async fn ten_calls_with_a_refused_token_renew_it_once() {
    let server = FakeServer::deciding(|seen| match seen.header("authorization") {
        None if String::from_utf8_lossy(&seen.body).contains("id-1") => token("new"),
        Some("Bearer new") => order("placed"),
        _ => error(401, "UNAUTHORIZED", "The access token is invalid"),
    })
    .await;
    let stage = Stage::new();
    // The shared token was revoked, and nobody has noticed so far.
    let first = FakeServer::scripted([token("old"), order("placed")]).await;
    stage.perform(&GET, &first.url).await.unwrap();
    for found in join_all((0..10).map(|_| stage.perform(&GET, &server.url))).await {
        assert_eq!(found.unwrap()["order"]["status"], "placed");
    }
    assert_eq!((token_calls(&first), token_calls(&server)), (1, 1));
}

#[tokio::test]
async fn a_token_that_is_refused_twice_needs_repair() {
    let refused = || error(401, "UNAUTHORIZED", "The access token token-2 is invalid");
    let script = [token("token-1"), refused(), token("token-2"), refused()];
    let server = FakeServer::scripted(script).await;
    let found = outcome(Stage::new().perform(&APPROVE, &server.url).await);
    expect![
        "needs repair: commercelayer answered 401: UNAUTHORIZED The access token [secret] is invalid"
    ]
    .assert_eq(&found);
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn without_a_token_nothing_is_done() {
    let invalid =
        json!({ "error": "invalid_client", "error_description": "unknown client s3cret" });
    let answers = [
        Answer::json(401, invalid),
        Answer::status(400),
        Answer::status(429).header("retry-after", "60"),
        Answer::status(503),
        Answer::text(200, "hello"),
    ];
    check_answers(
        &APPROVE,
        &[],
        answers,
        expect![[r#"
        needs repair: the token endpoint answered 401: invalid_client
        needs repair: the token endpoint answered 400: no reason given
        not now, in 60 s: the token endpoint answered 429: no reason given
        not now: the token endpoint answered 503: no reason given
        not now: the answer of the token endpoint has no token
    "#]],
    )
    .await;
    check_trouble(
        &APPROVE,
        &[],
        expect![[r#"
            reset after read: not now: no answer
            cut body: not now: no answer
            slow body: not now: no answer
            redirect: needs repair: redirect_blocked: the token endpoint answered 307: no reason given, and redirects are not followed; correct the connection's address
            oversize: not now: the answer is longer than 5 MB (status 200 OK)
            gateway: not now: the token endpoint answered 502: no reason given
            nobody there: not now: could not connect
        "#]],
    )
    .await;
}
