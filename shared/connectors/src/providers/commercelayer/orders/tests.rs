//! What becomes of an action, answer by answer.

mod outside;

use super::*;
use crate::connection::Connection;
use bytes::Bytes;
use futures::FutureExt as _;
use http::{HeaderMap, HeaderName};
use outside::{Answer, Outside};
use serde_json::Map;
use std::sync::Mutex;
use std::time::Duration;
use tradewind_engine::ports::{HttpError, HttpResponse};

const ORDER: &str = include_str!("../fixtures/orders.place.json");

fn says(status: u16, body: &str) -> Answer {
    let status = StatusCode::from_u16(status).unwrap();
    Ok(HttpResponse { status, headers: HeaderMap::new(), body: Bytes::from(body.to_owned()) })
}

fn says_with(status: u16, name: &'static str, value: &str, body: &str) -> Answer {
    let mut response = says(status, body)?;
    response.headers.insert(HeaderName::from_static(name), value.parse().unwrap());
    Ok(response)
}

fn grants(token: &str) -> Answer {
    says(200, &json!({ "access_token": token, "expires_in": 7200 }).to_string())
}

fn order(status: &str) -> String {
    ORDER.replace("\"status\": \"placed\"", &format!("\"status\": \"{status}\""))
}

const INVALID: &str = r#"{"errors":[{"title":"cannot be approved","detail":"status - cannot be approved","code":"VALIDATION_ERROR","status":"422"}]}"#;

/// Acts with these answers; gives the outcome and the calls that were made.
fn act(
    implementation: &Implementation,
    id: &str,
    answers: Vec<Answer>,
) -> (Result<Value, ActionError>, Vec<String>) {
    let outside = Outside { answers: Mutex::new(answers.into()), ..Outside::default() };
    let settings = json!({ "organization": "acme", "client_id": "id", "client_secret": "hush" });
    let settings: Map<String, Value> = serde_json::from_value(settings).unwrap();
    let connection = Connection::new("shop".into(), &PROVIDER, settings);
    let cx = Cx {
        connection: &connection,
        run: &"run".into(),
        step: &"approve".into(),
        idempotency_key: "run:approve",
        timeout: Duration::from_secs(20),
        http: &outside,
        tokens: &outside,
        outbox: &outside,
        files: &outside,
        clock: &outside,
        ids: &outside,
    };
    let outcome = implementation.perform(&cx, json!({ "id": id })).now_or_never().unwrap();
    assert!(outside.answers.lock().unwrap().is_empty(), "an answer nobody asked for");
    (outcome, outside.seen.into_inner().unwrap())
}

fn check_approve(answers: Vec<Answer>, expected: Result<Value, ActionError>) {
    let answers = [vec![grants("t1")], answers].concat();
    assert_eq!(act(&order_approve(), "qYdhPmLkNb", answers).0, expected);
}

fn approved(changed: bool) -> Result<Value, ActionError> {
    Ok(json!({ "id": "qYdhPmLkNb", "status": "approved", "changed": changed }))
}

#[test]
fn an_order_is_approved_by_one_patch() {
    let answers = vec![grants("t1"), says(200, &order("approved"))];
    let (outcome, seen) = act(&order_approve(), "qYdhPmLkNb", answers);
    assert_eq!(outcome, approved(true));
    assert_eq!(
        seen,
        [
            r#"POST https://auth.commercelayer.io/oauth/token {"grant_type":"client_credentials","client_id":"id","client_secret":"hush"}"#,
            r#"PATCH https://acme.commercelayer.io/api/orders/qYdhPmLkNb Bearer t1 {"data":{"type":"orders","id":"qYdhPmLkNb","attributes":{"_approve":true}}}"#,
        ]
    );
}

#[test]
fn approved_already_is_success_and_not_placed_is_not() {
    check_approve(vec![says(422, INVALID), says(200, &order("approved"))], approved(false));
    check_approve(
        vec![says(422, INVALID), says(200, &order("cancelled"))],
        Err(ActionError::refused("order_not_placed: the order is cancelled")),
    );
    check_approve(
        vec![says(422, INVALID), says(200, ORDER)],
        Err(ActionError::refused(
            "commercelayer answered 422: VALIDATION_ERROR status - cannot be approved",
        )),
    );
    let wait = Some(Duration::from_secs(30));
    check_approve(
        vec![says(422, INVALID), says_with(503, "retry-after", "30", "")],
        Err(ActionError::not_now("commercelayer answered 503: no reason given", wait)),
    );
}

#[test]
fn a_lost_or_doubtful_answer_to_a_change_is_unknown() {
    let doubtful = |status: u16| format!("commercelayer answered {status}: no reason given");
    check_approve(vec![says(502, "<html>")], Err(ActionError::unknown(doubtful(502))));
    check_approve(vec![says(504, "")], Err(ActionError::unknown(doubtful(504))));
    check_approve(vec![says(500, "")], Err(ActionError::not_now(doubtful(500), None)));
    let lost = HttpError::Lost("reset".to_owned());
    check_approve(vec![Err(lost)], Err(ActionError::unknown("no answer: reset")));
    let unsent = HttpError::NotSent("dns".to_owned());
    check_approve(vec![Err(unsent)], Err(ActionError::not_now("could not connect: dns", None)));
    let unreadable = ActionError::unknown("commercelayer answered 200: is not JSON");
    check_approve(vec![says(200, "<html>")], Err(unreadable));
}

#[test]
fn too_many_calls_wait_for_a_window() {
    let wait = Some(Duration::from_secs(10));
    check_approve(
        vec![says_with(429, "x-ratelimit-interval", "10", "")],
        Err(ActionError::not_now("commercelayer answered 429: no reason given", wait)),
    );
}

#[test]
fn a_token_is_renewed_once_and_then_a_person_is_needed() {
    check_approve(vec![says(401, ""), grants("t2"), says(200, &order("approved"))], approved(true));
    check_approve(
        vec![says(401, ""), grants("t2"), says(401, "")],
        Err(ActionError::needs_repair("commercelayer answered 401: no reason given")),
    );
    let forbidden = ActionError::needs_repair("commercelayer answered 403: no reason given");
    check_approve(vec![says(403, "")], Err(forbidden));
}

#[test]
fn no_error_repeats_a_credential() {
    let echo = r#"{"errors":[{"code":"ODD","detail":"Bearer t1-secret for hush\r\n"}]}"#;
    let answers = vec![grants("t1-secret"), says(400, echo)];
    let (outcome, _) = act(&order_approve(), "qYdhPmLkNb", answers);
    let reason = "commercelayer answered 400: ODD Bearer [secret] for [secret]  ";
    assert_eq!(outcome, Err(ActionError::refused(reason.trim_end())));
}

fn check_token(answer: Answer, expected: ActionError) {
    assert_eq!(act(&order_get(), "qYdhPmLkNb", vec![answer]).0, Err(expected));
}

#[test]
fn a_refused_token_needs_a_person_and_a_busy_endpoint_time() {
    let refused = "the token endpoint answered 401: invalid_client";
    let body = r#"{"error":"invalid_client","error_description":"hush"}"#;
    check_token(says(401, body), ActionError::needs_repair(refused));
    let refused = "the token endpoint answered 400: no reason given";
    check_token(says(400, ""), ActionError::needs_repair(refused));
    let busy = "the token endpoint answered 429: no reason given";
    let wait = Some(Duration::from_secs(7));
    check_token(says_with(429, "retry-after", "7", ""), ActionError::not_now(busy, wait));
    let busy = "the token endpoint answered 502: no reason given";
    check_token(says(502, ""), ActionError::not_now(busy, None));
    let lost = HttpError::Lost("reset".to_owned());
    check_token(Err(lost), ActionError::not_now("no answer: reset", None));
    let odd = "the answer of the token endpoint has no token";
    check_token(says(200, "{}"), ActionError::not_now(odd, None));
}

#[test]
fn an_order_is_read_with_its_relations() {
    let answers = vec![grants("t1"), says(200, ORDER)];
    let (outcome, seen) = act(&order_get(), "qYdhPmLkNb", answers);
    assert_eq!(outcome.unwrap()["order"]["lines"][0]["sku"], "CANDELA-0042");
    assert_eq!(
        seen[1],
        "GET https://acme.commercelayer.io/api/orders/qYdhPmLkNb?include=customer,line_items,shipping_address,billing_address Bearer t1"
    );
}

#[test]
fn an_order_is_read_though_a_line_has_no_price_and_a_name_half_a_character() {
    let body = ORDER.replace("\"unit_amount_cents\": 2900", "\"unit_amount_cents\": null");
    let body = body.replace("Candela al fico", "Candela \\ud83d");
    let (outcome, _) = act(&order_get(), "qYdhPmLkNb", vec![grants("t1"), says(200, &body)]);
    let line = &outcome.unwrap()["order"]["lines"][0];
    assert_eq!((&line["unit_price"], &line["name"]), (&Value::Null, &json!("Candela \u{fffd}")));
}

fn check_get(answer: Answer, expected: ActionError) {
    let answers = vec![grants("t1"), answer];
    assert_eq!(act(&order_get(), "qYdhPmLkNb", answers).0, Err(expected));
}

#[test]
fn a_read_that_fails_has_changed_nothing() {
    let lost = HttpError::Lost("reset".to_owned());
    check_get(Err(lost), ActionError::not_now("no answer: reset", None));
    let doubtful = "commercelayer answered 502: no reason given";
    check_get(says(502, ""), ActionError::not_now(doubtful, None));
    let missing = r#"{"errors":[{"title":"Record not found","code":"RECORD_NOT_FOUND"}]}"#;
    let reason = "commercelayer answered 404: RECORD_NOT_FOUND Record not found";
    check_get(says(404, missing), ActionError::refused(reason));
    let odd =
        ActionError::refused("answer_invalid: the payload cannot be used: data has no type and id");
    check_get(says(200, "{}"), odd);
}

#[test]
fn an_id_never_leads_to_another_resource() {
    for id in ["", "..", "a/b", "a?b", "%2e%2e", "a b", "è"] {
        let (outcome, seen) = act(&order_approve(), id, Vec::new());
        assert_eq!(outcome, Err(ActionError::bad_data("id_invalid", "id")), "{id}");
        assert_eq!(seen, [""; 0]);
    }
}
