//! Every operation of the OpenAPI document is called. A new one needs an example here.

use super::given::{STEP, Stand, order};
use super::world::{SMALLER, SOURCE, WORKFLOW, WORKFLOW_IN_PATH, World, project};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tradewind_api::types::Scope;

/// What an example may name.
struct Given {
    run: String,
    event: String,
    letter: String,
    replay: String,
}

/// Where a run has to stand, the path, and the body.
type Example = (Stand, fn(&Given) -> String, fn() -> Value);

const EXAMPLES: &[(&str, Example)] = &[
    ("openapi", (Stand::Active, |_| "/api/openapi.json".to_owned(), none)),
    ("show_status", (Stand::Active, |_| "/api/status".to_owned(), none)),
    ("show_project", (Stand::Active, |_| "/api/project".to_owned(), none)),
    ("apply_project", (Stand::Active, |_| "/api/project".to_owned(), || project(SOURCE))),
    ("list_workflows", (Stand::Active, |_| "/api/workflows".to_owned(), none)),
    ("show_workflow", (Stand::Active, |_| workflow(""), none)),
    ("apply_workflow", (Stand::Active, |_| workflow(""), || json!({ "source": SOURCE }))),
    ("pause_workflow", (Stand::Active, |_| workflow("/pause"), none)),
    ("resume_workflow", (Stand::Active, |_| workflow("/resume"), none)),
    ("list_runs", (Stand::Active, |_| "/api/runs?state=active&limit=2".to_owned(), none)),
    ("show_run", (Stand::Active, |given| format!("/api/runs/{}", given.run), none)),
    ("replay_run", (Stand::Failed, |given| format!("/api/runs/{}/replay", given.run), none)),
    ("cancel_run", (Stand::Active, |given| format!("/api/runs/{}/cancel", given.run), none)),
    (
        "resolve_run",
        (
            Stand::Unknown,
            |given| format!("/api/runs/{}/resolve", given.run),
            || json!({ "step": STEP, "outcome": "did_not" }),
        ),
    ),
    (
        "approve_run",
        (
            Stand::Asking,
            |given| format!("/api/runs/{}/approve", given.run),
            || json!({ "approved": true }),
        ),
    ),
    ("start_replay", (Stand::Failed, |_| "/api/replays".to_owned(), none)),
    ("show_replay", (Stand::Failed, |given| format!("/api/replays/{}", given.replay), none)),
    ("list_events", (Stand::Active, |_| "/api/events".to_owned(), none)),
    ("show_event", (Stand::Active, |given| format!("/api/events/{}", given.event), none)),
    ("trigger_event", (Stand::Active, |_| "/api/events".to_owned(), || order("ord_2"))),
    (
        "start_again",
        (
            Stand::Succeeded,
            |given| format!("/api/events/{}/runs", given.event),
            || json!({ "workflow": WORKFLOW }),
        ),
    ),
    ("list_dead_letters", (Stand::Failed, |_| "/api/dead-letters".to_owned(), none)),
    (
        "redrive_dead_letter",
        (Stand::Failed, |given| format!("/api/dead-letters/{}/redrive", given.letter), none),
    ),
    (
        "dismiss_dead_letter",
        (Stand::Failed, |given| format!("/api/dead-letters/{}/dismiss", given.letter), none),
    ),
    ("list_outbox", (Stand::Active, |given| format!("/api/outbox?run={}", given.run), none)),
    ("list_endpoints", (Stand::Active, |_| "/api/endpoints".to_owned(), none)),
    ("list_refusals", (Stand::Active, |_| "/api/refusals".to_owned(), none)),
    ("list_audit", (Stand::Active, |_| "/api/audit".to_owned(), none)),
    ("list_tokens", (Stand::Active, |_| "/api/tokens".to_owned(), none)),
];

fn none() -> Value {
    Value::Null
}

fn workflow(rest: &str) -> String {
    format!("/api/workflows/{WORKFLOW_IN_PATH}{rest}")
}

/// Method, path and operation, of all there are.
fn operations() -> Vec<(String, String, Value)> {
    let document = serde_json::to_value(tradewind_api::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter();
        operations.map(|(method, one)| (method.to_uppercase(), path.clone(), one.clone()))
    });
    operations.collect()
}

async fn world(stand: Stand) -> (World, Given) {
    let world = World::applied().await;
    let run = world.run(stand).await;
    let letter = world.dead_letter(&run).await;
    world.outbox_entry(&run).await;
    let event = world.read(&run).await.event;
    let counted = world.call("POST", "/api/replays", json!({ "dry_run": true })).await;
    let replay = counted.json()["id"].as_str().unwrap().to_owned();
    let given = Given { run: run.0, event: event.0, letter, replay };
    (world, given)
}

#[tokio::test]
async fn every_operation_needs_the_token_and_answers_as_documented() {
    for (method, path, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap();
        let example = EXAMPLES.iter().find(|(name, _)| *name == id);
        let (_, (stand, path_of, body)) =
            example.unwrap_or_else(|| panic!("{method} {path} needs an example for {id}"));
        let (world, given) = world(*stand).await;
        let called = path_of(&given);

        let stranger = world.send(&method, &called, &[], body().to_string()).await;
        if id == "openapi" {
            assert_eq!(stranger.status, 200);
        } else {
            assert_eq!(stranger.refusal(), "401 unauthorized", "{id}");
            assert_eq!(stranger.header("www-authenticate"), "Bearer", "{id}");
        }

        let answer = world.call(&method, &called, body()).await;
        assert!(answer.status.is_success(), "{id}: {}", answer.text);
        let status = answer.status.as_str();
        assert!(operation["responses"][status].is_object(), "{id}: {status} is not documented");
        assert_eq!(answer.header("content-type"), "application/json", "{id}");
        assert!(answer.json().is_object(), "{id}");
    }
}

/// What a token has to be allowed for it, as the document says; nothing where it needs no token.
fn scope_of(operation: &Value) -> Option<Scope> {
    let id = operation["operationId"].as_str().unwrap();
    let security = operation["security"].as_array().unwrap_or_else(|| panic!("{id} has no scope"));
    let named = security.iter().flat_map(|one| one["token"].as_array().into_iter().flatten());
    let named: Vec<&str> = named.map(|scope| scope.as_str().unwrap()).collect();
    if id == "openapi" {
        assert_eq!(security, &[json!({})]);
        return None;
    }
    let [scope] = named[..] else { panic!("{id} has the scopes {named:?}") };
    let scope = Scope::ALL.into_iter().find(|one| one.as_str() == scope);
    Some(scope.unwrap_or_else(|| panic!("{id} has a scope that there is not")))
}

#[tokio::test]
async fn every_operation_names_the_scope_that_it_needs_and_refuses_a_smaller_one() {
    for (method, path, operation) in operations() {
        let Some(needed) = scope_of(&operation) else { continue };
        let id = operation["operationId"].as_str().unwrap();
        match method.as_str() {
            "GET" => assert_eq!(needed, Scope::Read, "{id}"),
            "PUT" => assert_eq!(needed, Scope::Apply, "{id}"),
            _ => assert_eq!(needed, Scope::Act, "{method} {path}"),
        }
        let (_, (stand, path_of, body)) = EXAMPLES.iter().find(|(name, _)| *name == id).unwrap();
        for (token, scope) in SMALLER {
            let (world, given) = world(*stand).await;
            let called = path_of(&given);
            let bearer = format!("Bearer {token}");
            let headers = [
                ("authorization", bearer.as_str()),
                ("content-type", "application/json"),
                ("idempotency-key", "k"),
            ];
            let send = async || {
                let text = if body().is_null() { String::new() } else { body().to_string() };
                world.send(&method, &called, &headers, text).await
            };
            let answer = send().await;
            if scope >= needed {
                assert!(answer.status.is_success(), "{id} with {token}: {}", answer.text);
                continue;
            }
            assert_eq!(answer.refusal(), "403 scope_too_small", "{id} with {token}");
            let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
            let expected = format!(
                "this needs a token with the scope `{}`, and the token for-{} has `{}`",
                needed.as_str(),
                scope.as_str(),
                scope.as_str()
            );
            assert_eq!(message, expected, "{id}");
            assert!(operation["responses"]["403"].is_object(), "{id}");
            assert_eq!(send().await.header("idempotent-replayed"), "", "{id}");
        }
    }
}

#[test]
fn every_example_is_of_an_operation() {
    let operations = operations();
    let ids: BTreeSet<&str> =
        operations.iter().map(|(_, _, one)| one["operationId"].as_str().unwrap()).collect();
    let examples: BTreeSet<&str> = EXAMPLES.iter().map(|(id, _)| *id).collect();
    assert_eq!(examples, ids);
}

#[test]
fn every_field_and_parameter_is_described() {
    let document = serde_json::to_value(tradewind_api::openapi()).unwrap();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        // A field that may be null is a choice.
        let has_own = |value: &Value| value["description"].is_string();
        let has_text = |value: &Value| {
            has_own(value) || value["oneOf"].as_array().is_some_and(|all| all.iter().any(has_own))
        };
        assert!(has_text(schema), "{name}");
        for (field, of) in schema["properties"].as_object().into_iter().flatten() {
            assert!(has_text(of), "{name}.{field}: {of}");
        }
    }
    for (method, path, operation) in operations() {
        assert!(operation["summary"].is_string(), "{method} {path}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{method} {path}: {parameter}");
        }
    }
}
