//! Every way to be refused, with its exact status and code. After each, nothing is queued.

use super::shop::{PARCEL_SECRET, SECRET, given, placed};
use crate::app::{Answered, Hook, ORDER, TestApp};
use http::Method;
use std::time::Duration;
use tradewind_engine::ports::Clock;
use tradewind_engine::time::{after, before};

const PARCEL: &str = r#"{"type":"parcel.lost"}"#;
const SIX_MINUTES: Duration = Duration::from_secs(360);

/// What is refused, the verdict, and a part of what the sender is told.
type Case = (&'static str, Hook, &'static str, &'static str);

#[tokio::test]
async fn bad_deliveries_are_refused_in_exact_words_and_leave_nothing() {
    let app = given().start().await;
    let cases = [signatures(), timestamps(&app), endpoints(), bodies(), labels()];
    for (name, hook, verdict, message) in cases.into_iter().flatten() {
        let answered = hook.send(&app).await;
        assert_eq!(answered.verdict(), verdict, "{name}: {}", answered.text);
        let told = answered.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(told.contains(message), "{name}: {told}");
        check_nothing_is_queued(&app, name).await;
    }
    app.stop().await;
}

fn signatures() -> Vec<Case> {
    let missing = "the signature header is missing";
    let unfit = "the signature does not fit";
    let invalid = "401 signature_invalid";
    vec![
        (
            "1 no signature",
            placed(ORDER).without("x-commercelayer-signature"),
            "401 signature_missing",
            missing,
        ),
        (
            "1 an empty signature",
            placed(ORDER).header("x-commercelayer-signature", ""),
            "401 signature_missing",
            missing,
        ),
        (
            "2 another secret",
            Hook::commercelayer("shop", "orders.place", ORDER, "another"),
            invalid,
            unfit,
        ),
        (
            "2 no signature at all",
            placed(ORDER).header("x-commercelayer-signature", "?!"),
            invalid,
            unfit,
        ),
        (
            "2 an empty secret",
            Hook::commercelayer("shop", "orders.place", ORDER, ""),
            invalid,
            unfit,
        ),
        ("3 an altered body", placed(ORDER).body(format!("{ORDER} ")), invalid, unfit),
    ]
}

fn timestamps(app: &TestApp) -> Vec<Case> {
    let now = app.clock.now();
    let signed_at = |at| Hook::standard("parcels", "msg_1", PARCEL, PARCEL_SECRET, at);
    let hook = signed_at(now);
    let signature = hook.headers["webhook-signature"].to_str().unwrap().to_owned();
    let nine = [signature.as_str(); 9].join(" ");
    let v0 = signature.replace("v1,", "v0,");
    let out_of_range = "401 timestamp_out_of_range";
    let away = "more than 5 minutes away";
    let malformed = "401 signature_malformed";
    vec![
        ("1 no id", hook.clone().without("webhook-id"), "401 signature_missing", ""),
        ("2 version 0", hook.clone().header("webhook-signature", &v0), "401 signature_invalid", ""),
        ("4 six minutes old", signed_at(before(now, SIX_MINUTES)), out_of_range, away),
        ("5 six minutes ahead", signed_at(after(now, SIX_MINUTES)), out_of_range, away),
        (
            "6 a time that is none",
            hook.clone().header("webhook-timestamp", "abc"),
            malformed,
            "cannot be read",
        ),
        (
            "8 nine signatures",
            hook.clone().header("webhook-signature", &nine),
            malformed,
            "cannot be read",
        ),
        ("3 an altered body", hook.body("{}"), "401 signature_invalid", "does not fit"),
    ]
}

fn endpoints() -> Vec<Case> {
    let missing = ("404 not_found", "there is no such endpoint");
    let at = |path: &str| Hook::new(path, ORDER);
    let signed = |connection| Hook::commercelayer(connection, "orders.place", ORDER, SECRET);
    let case = |name, hook| (name, hook, missing.0, missing.1);
    vec![
        case("9 an endpoint without secret", signed("bare")),
        case("9 a secret that nobody set", signed("unset")),
        case("9 without secret and signed by nothing", Hook::commercelayer("bare", "", "{}", "")),
        case("10 an unknown connection", signed("nobody")),
        case("10 an unknown provider", at("/hooks/nobody/shop")),
        case("10 the connection of another provider", at("/hooks/webhook/shop")),
        case("10 a provider without webhooks", at("/hooks/sandbox/mail")),
        case("10 too short", at("/hooks/commercelayer")),
        case("10 too long", at("/hooks/commercelayer/shop/more")),
        case("10 a path that is no text", at("/hooks/commercelayer/%FF")),
        case("10 GET at an unknown connection", signed("nobody").method(Method::GET)),
        case("9 GET at an endpoint without secret", signed("bare").method(Method::GET)),
        ("12 PUT", placed(ORDER).method(Method::PUT), "405 method_not_allowed", "use POST"),
    ]
}

fn bodies() -> Vec<Case> {
    let invalid = "400 json_invalid";
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    vec![
        ("13 an empty body", placed(""), "400 body_empty", "empty"),
        ("14 no JSON", placed("{\n  \"a\": nope }"), invalid, " at 2:8"),
        ("14 half a JSON", placed("{\"a\": 1"), invalid, " at 1:8"),
        ("15 a byte order mark", placed("\u{feff}{}"), invalid, "remove byte order mark"),
        ("16 something behind it", placed("{} x"), invalid, " at 1:4"),
        ("17 65 deep", placed(deep), "400 json_too_deep", "deeper than 64"),
        (
            "18 a byte too many",
            placed(vec![b' '; 6_291_457]),
            "413 body_too_large",
            "6291456 bytes",
        ),
        ("18 20 MB", placed(vec![b' '; 20_971_520]), "413 body_too_large", "6291456 bytes"),
        ("22 NaN", placed("{\"a\":NaN}"), invalid, " at 1:6"),
        ("22 Infinity", placed("{\"a\":-Infinity}"), invalid, " at 1:"),
        ("23 1e400", placed("{\"a\":[0,1e400]}"), "400 number_out_of_range", "a[1]"),
        ("25 an escape that is none", placed(r#"{"a":"\ud8"}"#), invalid, " at 1:"),
        ("28 no UTF-8", placed(*b"{\"a\":\"\xff\"}"), "400 not_utf8", "at byte 6"),
    ]
}

fn labels() -> Vec<Case> {
    let labelled = |label| placed(ORDER).header("content-type", label);
    vec![
        (
            "19 another encoding than gzip",
            placed(ORDER).header("content-encoding", "br"),
            "415 encoding_unsupported",
            "without content encoding",
        ),
        ("29 XML", labelled("text/xml"), "415 content_type_unsupported", "not taken"),
        (
            "30 JSON that says multipart",
            labelled("multipart/form-data; boundary=x"),
            "400 content_type_mismatch",
            "is not what the content type says",
        ),
        (
            "30 a form",
            placed("a=b").header("content-type", "application/x-www-form-urlencoded"),
            "415 content_type_unsupported",
            "not taken",
        ),
    ]
}

/// Neither waits a message anywhere nor is there an event.
async fn check_nothing_is_queued(app: &TestApp, name: &str) {
    assert_eq!(app.store().queue_depths(app.clock.now()).await.unwrap(), [], "{name}");
    assert_eq!(app.get("/api/events").await["events"], serde_json::json!([]), "{name}");
}

#[tokio::test]
async fn the_texts_of_a_wrong_signature_and_of_an_altered_body_are_the_same() {
    let app = given().start().await;
    let wrong = Hook::commercelayer("shop", "orders.place", ORDER, "another").send(&app).await;
    let altered = placed(ORDER).body(format!("{ORDER} ")).send(&app).await;
    assert_eq!(wrong.text, altered.text);
    app.stop().await;
}

#[tokio::test]
async fn an_endpoint_without_secret_answers_the_bytes_of_one_that_is_not_there() {
    let app = given().start().await;
    for method in [Method::POST, Method::GET] {
        let answers = ["bare", "unset", "nobody"].map(|connection| {
            Hook::commercelayer(connection, "orders.place", ORDER, SECRET).method(method.clone())
        });
        let mut seen = Vec::new();
        for hook in answers {
            seen.push(bytes(hook.send(&app).await));
        }
        assert!(seen.iter().all(|one| *one == seen[0]), "{seen:#?}");
    }
    app.stop().await;
}

/// All of an answer but the time.
fn bytes(mut answered: Answered) -> String {
    answered.headers.remove("date");
    format!("{answered:?}")
}

#[tokio::test]
async fn another_method_is_told_which_one_is_taken() {
    let app = given().start().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let answered = placed(ORDER).method(method).send(&app).await;
        assert_eq!(answered.verdict(), "405 method_not_allowed");
        assert_eq!(answered.headers["allow"], "POST");
    }
    app.stop().await;
}
