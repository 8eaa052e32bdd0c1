//! What is not understood is refused.

use super::given::order;
use super::world::{TOKEN, World, project};
use serde_json::{Value, json};

/// Sends a text as JSON and gives the refusal.
async fn refusal(world: &World, method: &str, path: &str, body: &str) -> (String, String) {
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer = world.send(method, path, &headers, body.to_owned()).await;
    let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
    (answer.refusal(), message)
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let world = World::applied().await;
    let cases = [
        (r#"{"event":"a","event":"b","data":{}}"#, "400 duplicate_key", r#"duplicate_key "event""#),
        (r#"{"event":"order.placed","data":{"a":{"b":1,"b":1}}}"#, "400 duplicate_key", r#""b""#),
        (r#"{"event":"order.placed","data":{},"tset":true}"#, "400 unknown_field", "`test`"),
        (r#"{"data":{}}"#, "400 field_invalid", "missing field `event`"),
        (r#"{"event":7,"data":{}}"#, "400 field_invalid", "expected a string"),
        ("[]", "400 field_invalid", "an object"),
        ("{} x", "400 json_invalid", "1:4"),
        ("{\"event\": NaN}", "400 json_invalid", "1:11"),
        ("\u{feff}{}", "400 json_invalid", "byte order mark"),
        (r#"{"data":{"n":1e400}}"#, "400 number_out_of_range", "data.n"),
        ("", "400 field_invalid", "missing field `event`"),
    ];
    for (body, expected, part) in cases {
        let (refusal, message) = refusal(&world, "POST", "/api/events", body).await;
        assert_eq!(refusal, expected, "{body}");
        assert!(message.contains(part), "{body}: {message}");
    }
    let deep = format!("{{\"event\":\"a\",\"data\":{}1{}}}", "[".repeat(65), "]".repeat(65));
    assert_eq!(refusal(&world, "POST", "/api/events", &deep).await.0, "400 json_too_deep");
    let twice = r#"{"project":"","workflows":{"a":"","a":""}}"#;
    let (refusal, message) = refusal(&world, "PUT", "/api/project", twice).await;
    assert_eq!(refusal, "400 duplicate_key");
    assert!(message.starts_with("duplicate_key \"a\""), "{message}");
}

#[tokio::test]
async fn bodies_are_plain_json_of_a_limited_length() {
    let world = World::applied().await;
    let bearer = format!("Bearer {TOKEN}");
    let token = ("authorization", bearer.as_str());
    let json = ("content-type", "application/json");
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[token], "415 content_type_unsupported"),
        (&[token, ("content-type", "text/plain")], "415 content_type_unsupported"),
        (&[token, ("content-type", "multipart/form-data")], "415 content_type_unsupported"),
        (&[token, json, ("content-encoding", "gzip")], "415 encoding_unsupported"),
    ];
    for (headers, expected) in cases {
        let answer = world.send("POST", "/api/events", headers, order("a").to_string()).await;
        assert_eq!(answer.refusal(), *expected, "{headers:?}");
    }
    let long = |bytes: usize| format!("{{\"event\":\"{}\"}}", "x".repeat(bytes));
    let cases = [
        ("POST", "/api/events", 1_048_577, "413 body_too_large"),
        ("POST", "/api/events", 1_000_000, "400 field_invalid"),
        ("PUT", "/api/project", 4_194_305, "413 body_too_large"),
        ("PUT", "/api/project", 4_000_000, "400 unknown_field"),
    ];
    for (method, path, bytes, expected) in cases {
        let answer = world.send(method, path, &[token, json], long(bytes)).await;
        assert_eq!(answer.refusal(), expected, "{method} {path} {bytes}");
    }
    let keyed = [token, json, ("idempotency-key", "long")];
    let answer = world.send("POST", "/api/events", &keyed, long(1_048_577)).await;
    assert_eq!(answer.refusal(), "413 body_too_large");
}

#[tokio::test]
async fn queries_are_read_strictly() {
    let world = World::applied().await;
    let cases = [
        "/api/runs?limit=0",
        "/api/runs?limit=201",
        "/api/runs?limit=-1",
        "/api/runs?limit=many",
        "/api/runs?state=odd",
        "/api/runs?worklfow=a",
        "/api/runs?limit=1&limit=2",
        "/api/events?limit=201",
        "/api/outbox?limit=201",
        "/api/audit?limit=201",
        "/api/dead-letters?limit=201",
    ];
    for path in cases {
        let answer = world.call("GET", path, Value::Null).await;
        assert_eq!(answer.refusal(), "400 query_invalid", "{path}");
    }
    assert_eq!(world.call("GET", "/api/runs?limit=200", Value::Null).await.status, 200);
}

#[tokio::test]
async fn a_path_that_is_not_text_leads_nowhere() {
    let world = World::applied().await;
    for path in ["/api/runs/%FF", "/api/workflows/%FF", "/api/runs/a%0d%0aSet-Cookie:%20x"] {
        let answer = world.call("GET", path, Value::Null).await;
        assert_eq!(answer.refusal(), "404 not_found", "{path}");
    }
}

#[tokio::test]
async fn a_workflow_has_a_path_that_every_system_takes() {
    let world = World::applied().await;
    for id in ["..%2Fx", "a%2F%2Fb", "a%5Cb", "a%0Ab", ".", "a%2F.."] {
        let path = format!("/api/workflows/{id}");
        let answer = world.call("PUT", &path, json!({ "source": "" })).await;
        assert_eq!(answer.refusal(), "422 project_invalid", "{id}");
        assert_eq!(answer.json()["error"]["problems"][0]["code"], "id_invalid", "{id}");
    }
    let mut body = project("");
    body["workflows"] = json!({ "../../etc/passwd": "" });
    let answer = world.call("PUT", "/api/project", body).await;
    assert_eq!(answer.json()["error"]["problems"][0]["code"], "id_invalid");
}
