use super::*;
use crate::action::Action;
use crate::connection::Connection;
use crate::scripted::{Answer, KEY, Scripted, answer, connect, json_answer, outcome};
use crate::settings::GivenSettings;
use futures::FutureExt;
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::ports::HttpError;

fn account(more: Value) -> Connection {
    let mut settings = json!({ "base_url": "https://erp.example/api/" });
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    connect(&PROVIDER, settings)
}

/// What becomes of a call with that answer, and the calls that were made.
fn attempt(connection: &Connection, call: Value, answers: Vec<Answer>) -> (String, Vec<String>) {
    let world = Scripted::new(answers).allowing("erp.example, login.example");
    let action = Action::of::<HttpRequest>().by(http_request());
    let one = action.implementation("http").unwrap();
    let found = one.perform(&world.cx(connection), call).now_or_never();
    (outcome(found.expect("nothing waits in here")), world.calls())
}

#[track_caller]
fn check_sent(settings: Value, call: Value, expected: &str) {
    let (found, calls) = attempt(&account(settings), call, vec![answer(204, &[], "")]);
    assert_eq!(found, r#"done: {"status":204,"body":null}"#);
    assert_eq!(calls, [expected]);
}

#[track_caller]
fn check_answer(settings: Value, call: Value, answered: Answer, expected: &str) {
    let (found, _) = attempt(&account(settings), call, vec![answered]);
    assert_eq!(found, expected);
}

fn get() -> Value {
    json!({ "method": "GET", "path": "/orders" })
}

fn post() -> Value {
    json!({ "method": "POST", "path": "/orders", "json": { "a": 1 } })
}

#[test]
fn a_call_is_made_as_the_step_says() {
    check_sent(
        json!({}),
        json!({
            "method": "GET", "path": "/ä b/%2F{x}", "segments": ["a/../b?c#d", 7],
            "query": { "q": "a&b=c", "n": 1.5, "yes": true, "none": null, "all": ["x", 2] },
        }),
        "GET https://erp.example/api/%C3%A4%20b/%2F%7Bx%7D/a%2F..%2Fb%3Fc%23d/7?q=a%26b%3Dc&n=1.5&yes=true&\
         all=x&all=2\naccept: application/json",
    );
    check_sent(
        json!({ "headers": { "X-Version": "7", "Accept": "text/plain" } }),
        json!({ "method": "PUT", "path": "/orders/1", "json": { "b": [1, "ü"], "a": null } }),
        "PUT https://erp.example/api/orders/1\naccept: text/plain\ncontent-type: \
         application/json\nx-version: 7\n\n{\"b\":[1,\"ü\"],\"a\":null}",
    );
    check_sent(
        json!({}),
        json!({ "method": "PATCH", "path": "/", "form": { "a": "x y", "b": [1, 2], "c": null } }),
        "PATCH https://erp.example/api/\naccept: application/json\ncontent-type: \
         application/x-www-form-urlencoded\n\na=x%20y&b=1&b=2",
    );
    check_sent(
        json!({}),
        json!({ "method": "DELETE", "path": "/orders/", "segments": ["1"] }),
        "DELETE https://erp.example/api/orders/1\naccept: application/json",
    );
}

#[test]
fn calls_prove_who_makes_them() {
    let url = "GET https://erp.example/api/orders\naccept: application/json\n";
    for (auth, header) in [
        (json!({ "bearer": "t0ken" }), "authorization: Bearer t0ken"),
        (
            json!({ "basic": { "user": "me", "password": "hush" } }),
            "authorization: Basic bWU6aHVzaA==",
        ),
        (json!({ "header": { "name": "X-Api-Key", "value": "hush" } }), "x-api-key: hush"),
        (json!({ "header": { "name": "Authorization", "value": "hush" } }), "authorization: hush"),
    ] {
        check_sent(json!({ "auth": auth }), get(), &format!("{url}{header}"));
    }
    let oauth = json!({ "auth": { "oauth": {
        "token_url": "https://login.example/token", "client_id": "id-1", "client_secret": "hush", "scope": "all",
    } } });
    let answers = vec![json_answer(200, &json!({ "access_token": "t1" })), answer(204, &[], "")];
    let (found, calls) = attempt(&account(oauth), get(), answers);
    assert_eq!(found, r#"done: {"status":204,"body":null}"#);
    let asked = "POST https://login.example/token\naccept: application/json\nauthorization: Basic \
        aWQtMTpodXNo\ncontent-type: application/x-www-form-urlencoded\n\n\
        grant_type=client_credentials&scope=all";
    assert_eq!(calls, [asked, &format!("{url}authorization: Bearer t1")]);
}

#[test]
fn a_key_goes_with_what_does_something_each_time() {
    let keyed = json!({ "idempotency": "key", "idempotency_header": "X-Request-Key" });
    let key = format!("x-request-key: {KEY}");
    for method in ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"] {
        let call = json!({ "method": method, "path": "/orders" });
        for (settings, has) in
            [(keyed.clone(), matches!(method, "POST" | "PATCH")), (json!({}), false)]
        {
            let (_, calls) = attempt(&account(settings), call.clone(), vec![answer(204, &[], "")]);
            assert_eq!(calls[0].contains(&key), has, "{method}");
        }
    }
}

#[track_caller]
fn check_effect(method: Value, settings: Value, class: EffectClass, window: Option<u64>) {
    let with =
        |field: &str| (field == "method").then(|| method.clone()).filter(|one| !one.is_null());
    let Value::Object(settings) = settings else { panic!("settings are a map") };
    let settings = GivenSettings::new(settings);
    let planned = http_request().planned(&Planned { with: &with, settings: &settings });
    assert_eq!(planned.class, class, "{method}");
    assert_eq!(planned.key_window, window.map(Duration::from_secs), "{method}");
}

#[test]
fn what_a_second_call_does_depends_on_the_method_and_the_connection() {
    use EffectClass::{Keyed, Natural, Neither};
    let keyed = json!({ "idempotency": "key" });
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        check_effect(json!(method), json!({}), Natural, None);
        check_effect(json!(method), keyed.clone(), Natural, Some(86_400));
    }
    for method in [json!("POST"), json!("PATCH"), json!("get"), json!(null)] {
        check_effect(method.clone(), json!({}), Neither, None);
        check_effect(method.clone(), json!({ "idempotency": "keys" }), Neither, None);
        check_effect(method.clone(), keyed.clone(), Keyed, Some(86_400));
        let hour = json!({ "idempotency": "key", "idempotency_window": "1h" });
        check_effect(method.clone(), hour, Keyed, Some(3_600));
        let strange = json!({ "idempotency": "key", "idempotency_window": "soon" });
        check_effect(method, strange, Keyed, Some(0));
    }
    assert_eq!(http_request().class, Neither, "the weakest, where nothing is known of the step");
}

#[test]
fn the_body_is_json_or_text_or_nothing() {
    let taken = |answered, expected: &str| check_answer(json!({}), get(), answered, expected);
    taken(json_answer(200, &json!([1])), r#"done: {"status":200,"body":[1]}"#);
    taken(answer(202, &[], "thanks"), r#"done: {"status":202,"body":"thanks"}"#);
    taken(answer(200, &[], ""), r#"done: {"status":200,"body":null}"#);
    let large = json!({ "a": "x".repeat(256 * 1024) });
    taken(
        json_answer(200, &large),
        "refused: answer_unexpected: the service answered 200, and its body has more than 256 KB: say \
         with `expect` what of it is needed",
    );
    let mut call = get();
    call["expect"] = json!({ "b?": "text" });
    check_answer(
        json!({}),
        call,
        json_answer(200, &large),
        r#"done: {"status":200,"body":{"b":null}}"#,
    );
}

#[test]
fn an_answer_is_what_the_step_expects_or_the_step_is_not_done() {
    let expecting =
        |method: &str| json!({ "method": method, "path": "/", "expect": { "id": "text" } });
    let good = json_answer(201, &json!({ "id": "7", "secret": 1 }));
    check_answer(json!({}), expecting("POST"), good, r#"done: {"status":201,"body":{"id":"7"}}"#);
    for (answered, what) in [
        (json_answer(200, &json!({ "id": 7 })), "`body.id` is a number, and no text"),
        (json_answer(200, &json!({})), "`body.id` is missing"),
        (answer(200, &[], "<html>"), "its body is no JSON"),
        (answer(204, &[], ""), "its body is no JSON"),
    ] {
        let status = answered.as_ref().unwrap().status.as_u16();
        for (method, kind) in [
            ("GET", "refused"),
            ("PUT", "unknown"),
            ("DELETE", "unknown"),
            ("POST", "unknown"),
            ("PATCH", "unknown"),
        ] {
            let expected =
                format!("{kind}: answer_unexpected: the service answered {status}, and {what}");
            check_answer(json!({}), expecting(method), answered.clone(), &expected);
        }
    }
}

#[test]
fn what_is_gone_already_needs_no_taking_away() {
    let delete = json!({ "method": "DELETE", "path": "/orders/1", "expect": { "id": "text" } });
    for status in [404, 410] {
        let expected = format!(r#"done: {{"status":{status},"body":null}}"#);
        check_answer(json!({}), delete.clone(), answer(status, &[], ""), &expected);
        let expected = format!("refused: the service answered {status}");
        check_answer(json!({}), get(), answer(status, &[], ""), &expected);
    }
}

#[test]
fn other_answers_are_judged_by_what_a_second_call_would_do() {
    let keyed = json!({ "idempotency": "key" });
    let problem = json!({ "type": "about:blank", "title": "Bad", "detail": "no such sku" });
    for (status, of_get, of_post, of_keyed) in [
        (302, "needs repair", "needs repair", "needs repair"),
        (400, "refused", "refused", "refused"),
        (401, "needs repair", "needs repair", "needs repair"),
        (403, "needs repair", "needs repair", "needs repair"),
        (409, "refused", "refused", "unknown"),
        (422, "refused", "refused", "refused"),
        (429, "not now", "not now", "not now"),
        (500, "not now", "unknown", "unknown"),
        (502, "not now", "unknown", "unknown"),
        (503, "not now", "not now", "not now"),
        (504, "not now", "unknown", "unknown"),
    ] {
        for (settings, call, kind) in [
            (json!({}), get(), of_get),
            (json!({}), post(), of_post),
            (keyed.clone(), post(), of_keyed),
        ] {
            let (found, calls) =
                attempt(&account(settings), call, vec![json_answer(status, &problem)]);
            let said = format!("the service answered {status}: no such sku");
            assert!(found.starts_with(kind) && found.contains(&said), "{status} {kind}: {found}");
            assert_eq!(calls.len(), 1, "no redirect is followed");
        }
    }
    let lost = || Err(HttpError::Lost("reset".to_owned()));
    check_answer(json!({}), get(), lost(), "not now: no answer: reset");
    check_answer(json!({}), post(), lost(), "unknown: no answer: reset");
    let put = json!({ "method": "PUT", "path": "/" });
    check_answer(json!({}), put, lost(), "unknown: no answer: reset");
    let wait = answer(429, &[("retry-after", "9")], "");
    check_answer(json!({}), post(), wait, "not now, in 9 s: the service answered 429");
}

#[test]
fn a_reason_is_found_where_services_say_it_and_holds_no_secret() {
    let settings = json!({ "auth": { "bearer": "t0ken-of-erp-1" } });
    for (body, said) in [
        (json!({ "message": "no t0ken-of-erp-1" }), ": no [secret]"),
        (json!({ "error": { "message": "a" } }), ": a"),
        (json!({ "error": "invalid", "error_description": "b" }), ": b"),
        (json!({ "errors": [{ "detail": "c" }] }), ": c"),
        (json!({ "errors": ["d"] }), ": d"),
        (json!({ "error": "e" }), ": e"),
        (json!({ "title": "f\ng" }), ": f g"),
        (json!([]), ""),
        (json!({ "message": 5 }), ""),
    ] {
        let expected = format!("refused: the service answered 400{said}");
        check_answer(settings.clone(), get(), json_answer(400, &body), &expected);
    }
}

#[test]
fn nothing_leads_to_another_host() {
    for path in ["//evil.example/x", "/@evil.example", "/:80@evil.example"] {
        let call = json!({ "method": "GET", "path": path });
        let (found, calls) = attempt(&account(json!({})), call, vec![answer(200, &[], "")]);
        assert!(found.starts_with("done"), "{found}");
        assert!(calls[0].starts_with("GET https://erp.example/api/"), "{}", calls[0]);
    }
    for (base_url, reason) in [
        ("http://erp.example", "scheme"),
        ("https://127.0.0.1", "ip_literal"),
        ("https://169.254.169.254", "ip_literal"),
        ("https://localhost", "private_address"),
        ("https://erp.example:22", "port"),
        ("https://user:pass@erp.example", "userinfo"),
        ("https://*.example", "host_not_allowed"),
        ("https://evil.example", "host_not_allowed"),
        ("erp.example", "url_invalid"),
    ] {
        let (found, calls) = attempt(&account(json!({ "base_url": base_url })), get(), vec![]);
        let expected = format!("needs repair: url_blocked: {reason}");
        assert!(found.starts_with(&expected), "{base_url}: {found}");
        assert!(calls.is_empty());
    }
}

#[test]
fn a_setting_that_is_strange_needs_repair() {
    for (settings, what) in [
        (json!({ "base_url": "https://erp.example/?a=" }), "base_url has a query or a fragment"),
        (json!({ "auth": { "magic": 1 } }), "unknown variant `magic`"),
        (json!({ "auth": { "bearer": "a\nb" } }), "auth.bearer cannot stand in a header"),
        (json!({ "headers": { "Authorization": "x" } }), "headers: `Authorization` is no header"),
        (json!({ "headers": { "Content-Length": "1" } }), "headers: `Content-Length` is no header"),
        (json!({ "headers": { "X A": "1" } }), "headers: `X A` is no header"),
        (json!({ "headers": { "X-A": "1\r\n" } }), "headers.X-A cannot stand in a header"),
        (
            json!({ "auth": { "header": { "name": "Host", "value": "x" } } }),
            "auth.header.name: `Host`",
        ),
        (json!({ "idempotency": "keys" }), "unknown variant `keys`"),
        (
            json!({ "idempotency": "key", "idempotency_header": "Host" }),
            "idempotency_header: `Host`",
        ),
        (json!({ "idempotency_window": "soon" }), "idempotency_window is no length of time"),
    ] {
        let (found, calls) = attempt(&account(settings), post(), vec![]);
        assert!(found.starts_with("needs repair: setting_invalid: "), "{found}");
        assert!(found.contains(what) && calls.is_empty(), "{found}");
    }
}

#[test]
fn the_sandbox_answers_what_is_expected() {
    let call = HttpCall {
        expect: Some(json!({ "id": "text" })),
        ..serde_json::from_value(get()).unwrap()
    };
    let tried = crate::contract::Tried { new_id: "1", now: Default::default(), earlier: &[] };
    let sample = HttpRequest::sample(&call, &tried);
    assert_eq!(sample, HttpAnswer { status: 200, body: json!({ "id": "text" }) });
}
