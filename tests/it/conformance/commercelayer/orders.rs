//! Reading and approving.

use super::{APPROVE, GET, error, order, token};
use crate::conformance::stage::{Stage, attempt};
use crate::conformance::trouble::{check_answers, check_trouble};
use crate::fakes::{Answer, FakeServer};
use expect_test::expect;

#[tokio::test]
async fn an_order_is_read_with_all_that_belongs_to_it() {
    let server = FakeServer::scripted([token("token-1"), order("placed")]).await;
    let found = Stage::new().perform(&GET, &server.url).await.unwrap();
    assert_eq!(found["order"]["id"], "qYdhPmLkNb");
    assert_eq!(found["order"]["status"], "placed");
    expect![[r#"
        POST /oauth/token
        accept: application/json
        content-length: 79
        content-type: application/json
        host: SERVER

        {"grant_type":"client_credentials","client_id":"id-1","client_secret":"s3cret"}

        GET /api/orders/qYdhPmLkNb?include=customer,line_items,shipping_address,billing_address
        accept: application/vnd.api+json
        authorization: Bearer token-1
        host: SERVER


    "#]]
    .assert_eq(&server.transcript());
}

#[tokio::test]
async fn an_order_is_approved_by_its_trigger_attribute() {
    let server = FakeServer::scripted([token("token-1"), order("approved")]).await;
    expect![[r#"done: {"id":"qYdhPmLkNb","status":"approved","changed":true}"#]]
        .assert_eq(&attempt(&APPROVE, &server).await);
    let transcript = server.transcript();
    let (_, approval) = transcript.split_once("PATCH").unwrap();
    expect![[r#"
         /api/orders/qYdhPmLkNb
        accept: application/vnd.api+json
        authorization: Bearer token-1
        content-length: 75
        content-type: application/vnd.api+json
        host: SERVER

        {"data":{"type":"orders","id":"qYdhPmLkNb","attributes":{"_approve":true}}}
    "#]]
    .assert_eq(approval);
}

#[tokio::test]
async fn an_order_that_is_approved_already_counts_as_approved() {
    let refused = || error(422, "VALIDATION_ERROR", "status - cannot be approved");
    for state in ["approved", "placed", "cancelled"] {
        let server = FakeServer::scripted([token("token-1"), refused(), order(state)]).await;
        let found = attempt(&APPROVE, &server).await;
        match state {
            "approved" => {
                expect![[r#"done: {"id":"qYdhPmLkNb","status":"approved","changed":false}"#]]
                    .assert_eq(&found)
            }
            "placed" => expect![
                "refused: commercelayer answered 422: VALIDATION_ERROR status - cannot be approved"
            ]
            .assert_eq(&found),
            _ => expect!["refused: order_not_placed: the order is cancelled"].assert_eq(&found),
        }
        assert_eq!(server.seen().len(), 3);
    }
}

fn answers() -> [Answer; 8] {
    [
        error(400, "KEY_NOT_INCLUDED_IN_URL", "id"),
        error(403, "FORBIDDEN", "you are not allowed"),
        error(404, "RECORD_NOT_FOUND", "The requested resource was not found"),
        error(429, "TOO_MANY_REQUESTS", "").header("x-ratelimit-interval", "10"),
        error(429, "TOO_MANY_REQUESTS", "").header("retry-after", "7"),
        error(500, "INTERNAL", ""),
        Answer::status(503),
        Answer::text(200, "hello"),
    ]
}

#[tokio::test]
async fn every_answer_to_an_approval_is_judged() {
    check_answers(
        &APPROVE,
        &[token("token-1")],
        answers(),
        expect![[r#"
        refused: commercelayer answered 400: KEY_NOT_INCLUDED_IN_URL id
        needs repair: commercelayer answered 403: FORBIDDEN you are not allowed
        refused: commercelayer answered 404: RECORD_NOT_FOUND The requested resource was not found
        not now, in 10 s: commercelayer answered 429: TOO_MANY_REQUESTS TOO_MANY_REQUESTS
        not now, in 7 s: commercelayer answered 429: TOO_MANY_REQUESTS TOO_MANY_REQUESTS
        not now: commercelayer answered 500: INTERNAL INTERNAL
        not now: commercelayer answered 503: no reason given
        unknown: commercelayer answered 200: is not JSON
    "#]],
    )
    .await;
}

#[tokio::test]
async fn every_answer_to_a_read_is_judged() {
    check_answers(
        &GET,
        &[token("token-1")],
        answers(),
        expect![[r#"
        refused: commercelayer answered 400: KEY_NOT_INCLUDED_IN_URL id
        needs repair: commercelayer answered 403: FORBIDDEN you are not allowed
        refused: commercelayer answered 404: RECORD_NOT_FOUND The requested resource was not found
        not now, in 10 s: commercelayer answered 429: TOO_MANY_REQUESTS TOO_MANY_REQUESTS
        not now, in 7 s: commercelayer answered 429: TOO_MANY_REQUESTS TOO_MANY_REQUESTS
        not now: commercelayer answered 500: INTERNAL INTERNAL
        not now: commercelayer answered 503: no reason given
        not now: commercelayer answered 200: is not JSON
    "#]],
    )
    .await;
}

#[tokio::test]
async fn trouble_while_approving_leaves_open_what_happened() {
    check_trouble(
        &APPROVE,
        &[token("token-1")],
        expect![[r#"
            reset after read: unknown: no answer
            cut body: unknown: no answer
            slow body: unknown: no answer
            redirect: needs repair: redirect_blocked: commercelayer answered 307: no reason given, and redirects are not followed; correct the connection's address
            oversize: unknown: the answer is longer than 5 MB (status 200 OK)
            gateway: unknown: commercelayer answered 502: no reason given
            nobody there: not now: could not connect
        "#]],
    )
    .await;
}

#[tokio::test]
async fn trouble_while_reading_has_changed_nothing() {
    check_trouble(
        &GET,
        &[token("token-1")],
        expect![[r#"
            reset after read: not now: no answer
            cut body: not now: no answer
            slow body: not now: no answer
            redirect: needs repair: redirect_blocked: commercelayer answered 307: no reason given, and redirects are not followed; correct the connection's address
            oversize: not now: the answer is longer than 5 MB (status 200 OK)
            gateway: not now: commercelayer answered 502: no reason given
            nobody there: not now: could not connect
        "#]],
    )
    .await;
}
