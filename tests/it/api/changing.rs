//! Applying a project and a workflow, and letting one stand still.

use super::given::Stand;
use super::world::{PROJECT, SOURCE, WORKFLOW, WORKFLOW_IN_PATH, World, project};
use expect_test::expect;
use serde_json::{Value, json};
use tradewind_platform::apply::{Functions, Served};

fn path() -> String {
    format!("/api/workflows/{WORKFLOW_IN_PATH}")
}

fn other_source() -> String {
    SOURCE.replace("Thank you.", "Many thanks.")
}

/// A host that receives the shop's secret for the first time.
fn host(name: &str) -> Value {
    json!({
        "connection": "shop", "provider": "commercelayer", "host": name,
        "secrets": ["cl_client"], "is_own": true, "in_secret": false, "change": "new",
    })
}

#[tokio::test]
async fn a_project_is_applied_from_the_revision_that_was_seen() {
    let world = World::empty();
    assert_eq!(world.call("GET", "/api/project", Value::Null).await.refusal(), "404 not_found");
    let first = world.call("PUT", "/api/project", project(SOURCE)).await;
    assert_eq!((first.status.as_u16(), first.header("etag")), (200, "\"1\""));
    assert_eq!(
        first.json(),
        json!({
            "revision": 1,
            "changed": [{ "id": WORKFLOW, "version": 1 }],
            "unchanged": [],
            "removed": [],
            "hosts": [host("acme.commercelayer.io"), host("auth.commercelayer.io")],
        })
    );
    let cases = [("\"0\"", 412), ("\"odd\"", 412), ("W/\"1\"", 412), ("\"1\"", 200), ("*", 200)];
    for (seen, status) in cases {
        let headers = [("if-match", seen)];
        let answer = world.call_with("PUT", "/api/project", &headers, project(SOURCE)).await;
        assert_eq!(answer.status, status, "{seen}");
        if status == 412 {
            assert_eq!(answer.refusal(), "412 version_conflict");
        }
    }
    let shown = world.call("GET", "/api/project", Value::Null).await;
    assert_eq!(shown.header("etag"), "\"1\"");
}

#[tokio::test]
async fn every_problem_of_a_project_is_told_at_once() {
    let world = World::applied().await;
    let mut body = project("trigger: { event: order.palced, from: shop }\nsteps: []\n");
    body["project"] = json!(format!("{PROJECT}oddity: 1\n"));
    let answer = world.call("PUT", "/api/project", body).await;
    assert_eq!(answer.refusal(), "422 project_invalid");
    let json = answer.json();
    let problems = json["error"]["problems"].as_array().unwrap();
    let files: Vec<&str> = problems.iter().map(|one| one["file"].as_str().unwrap()).collect();
    assert!(files.contains(&"tradewind.yaml"), "{files:?}");
    assert!(files.contains(&"workflows/mail/confirmation.yaml"), "{files:?}");
    assert!(problems.iter().all(|one| one["line"].as_u64() >= Some(1)));
    let status = world.call("GET", "/api/status", Value::Null).await.json();
    assert_eq!(status["revision"], 1);
}

#[tokio::test]
async fn what_the_stage_has_no_function_for_is_not_applied() {
    let world = World::with(|api| {
        let (actions, triggers) = (["email.send".into()].into(), ["webhook".into()].into());
        api.applying.served = Served::Only(Functions { actions, triggers, ..Functions::default() });
    });
    let answer = world.call("PUT", "/api/project", project(SOURCE)).await;
    assert_eq!(answer.refusal(), "422 project_invalid");
    let json = answer.json();
    let problems = json["error"]["problems"].as_array().unwrap();
    let shown = problems
        .iter()
        .map(|one| format!("{}:{} {} {}", one["file"], one["line"], one["code"], one["message"]));
    expect![[r#"
        "workflows/mail/confirmation.yaml":4 "not_deployed" "this stage has no function for the webhooks of commercelayer"
        "workflows/mail/confirmation.yaml":17 "not_deployed" "this stage has no function for `chat.post`""#]]
    .assert_eq(&shown.collect::<Vec<_>>().join("\n"));
    assert_eq!(world.call("GET", "/api/project", Value::Null).await.refusal(), "404 not_found");
    let status = world.call("GET", "/api/status", Value::Null).await.json();
    assert_eq!(status["functions"], json!({ "actions": ["email.send"], "triggers": ["webhook"] }));
}

#[tokio::test]
async fn a_single_workflow_needs_its_functions_as_well() {
    let world = World::with(|api| {
        let (actions, triggers) = (["email.send".into()].into(), ["commercelayer".into()].into());
        api.applying.served = Served::Only(Functions { actions, triggers, ..Functions::default() });
    });
    let (mail_only, _) = SOURCE.split_once("  - id: tell").unwrap();
    let answer = world.call("PUT", "/api/project", project(mail_only)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = world.call("PUT", &path(), json!({ "source": SOURCE })).await;
    assert_eq!(answer.json()["error"]["problems"][0]["code"], "not_deployed", "{}", answer.text);
}

#[tokio::test]
async fn a_workflow_is_changed_from_the_version_that_was_seen() {
    let world = World::applied().await;
    let body = json!({ "source": other_source() });
    let stale = world.call_with("PUT", &path(), &[("if-match", "\"7\"")], body.clone()).await;
    assert_eq!(stale.refusal(), "412 version_conflict");
    let fresh = world.call_with("PUT", &path(), &[("if-match", "\"1\"")], body.clone()).await;
    assert_eq!((fresh.status.as_u16(), fresh.header("etag")), (200, "\"2\""), "{}", fresh.text);
    let stale = world.call_with("PUT", &path(), &[("if-match", "\"1\"")], body.clone()).await;
    assert_eq!(stale.refusal(), "412 version_conflict");

    let same = world.call("PUT", &path(), body).await.json();
    assert_eq!((&same["revision"], &same["unchanged"]), (&json!(2), &json!([WORKFLOW])));
    let shown = world.call("GET", &path(), Value::Null).await;
    assert_eq!(shown.header("etag"), "\"2\"");
    let shown = shown.json();
    assert_eq!(shown["source"], other_source());
    assert_eq!(shown["name"], "Order confirmation");
    let steps: Vec<&str> = shown["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["path"].as_str().unwrap())
        .collect();
    assert_eq!(steps, ["confirm", "tell"]);
}

#[tokio::test]
async fn a_workflow_is_checked_against_the_project_that_holds() {
    let world = World::empty();
    let body = json!({ "source": SOURCE });
    let answer = world.call("PUT", &path(), body.clone()).await;
    assert_eq!(answer.json()["error"]["problems"][0]["code"], "no_project");
    let world = World::applied().await;
    let answer = world.call("PUT", "/api/workflows/second", body.clone()).await;
    assert_eq!(answer.json()["changed"], json!([{ "id": "second", "version": 1 }]));
    let seen = [("if-match", "\"1\"")];
    let answer = world.call_with("PUT", "/api/workflows/third", &seen, body).await;
    assert_eq!(answer.refusal(), "412 version_conflict");
    let body = json!({ "source": SOURCE.replace("via: mail", "via: post") });
    let answer = world.call("PUT", &path(), body).await;
    assert_eq!(answer.refusal(), "422 project_invalid");
    assert_eq!(answer.json()["error"]["problems"][0]["code"], "unknown_connection");
    let listed = world.call("GET", "/api/workflows", Value::Null).await.json();
    assert_eq!(listed["workflows"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_workflow_whose_file_is_gone_is_gone() {
    let world = World::applied().await;
    let mut body = project(SOURCE);
    body["workflows"] = json!({});
    let answer = world.call("PUT", "/api/project", body).await;
    assert_eq!(answer.json()["removed"], json!([WORKFLOW]));
    assert_eq!(world.call("GET", &path(), Value::Null).await.refusal(), "404 not_found");
    let listed = world.call("GET", "/api/workflows", Value::Null).await.json();
    assert_eq!(listed["workflows"], json!([]));
    let answer = world.call("PUT", &path(), json!({ "source": SOURCE })).await;
    assert_eq!(answer.status, 200, "it can come back: {}", answer.text);
}

#[tokio::test]
async fn a_workflow_stands_still_and_goes_on() {
    let world = World::applied().await;
    let run = world.run(Stand::Active).await;
    for (verb, is_paused) in [("pause", true), ("pause", true), ("resume", false)] {
        let answer = world.call("POST", &format!("{}/{verb}", path()), Value::Null).await;
        assert_eq!(answer.json()["paused"], is_paused, "{}", answer.text);
        let status = world.call("GET", "/api/status", Value::Null).await.json();
        assert_eq!(status["workflows"]["paused"], u8::from(is_paused));
        let shown = world.call("GET", &format!("/api/runs/{run}"), Value::Null).await.json();
        assert_eq!(shown["hint"].as_str().unwrap().contains("paused"), is_paused);
    }
    let answer = world.call("POST", "/api/workflows/none/pause", Value::Null).await;
    assert_eq!(answer.refusal(), "404 not_found");
}

#[tokio::test]
async fn every_change_is_noted() {
    let world = World::applied().await;
    let run = world.run(Stand::Failed).await;
    let letter = world.dead_letter(&run).await;
    world.call("PUT", &path(), json!({ "source": other_source() })).await;
    world.call("POST", &(path() + "/pause"), Value::Null).await;
    world.call("POST", &(path() + "/resume"), Value::Null).await;
    world.call("POST", &format!("/api/dead-letters/{letter}/redrive"), Value::Null).await;
    world.call("POST", &format!("/api/runs/{run}/replay"), json!({ "force": true })).await;
    world.call("POST", &format!("/api/runs/{run}/cancel"), Value::Null).await;
    // What is refused, or only looked at, changes nothing.
    world.call("POST", &format!("/api/runs/{run}/cancel"), Value::Null).await;
    world.call("GET", &format!("/api/runs/{run}"), Value::Null).await;
    let event = world.read(&run).await.event;
    assert_eq!(
        world.audit().await,
        [
            "project.apply | project | revision 1: 1 changed, 0 unchanged, 0 removed".to_owned(),
            format!("event.trigger | {event} | order.placed through shop"),
            format!("workflow.apply | {WORKFLOW} | version 2"),
            format!("workflow.pause | {WORKFLOW} | "),
            format!("workflow.resume | {WORKFLOW} | "),
            format!("dead_letter.redrive | {letter} | "),
            format!("run.replay | {run} | force"),
            format!("run.cancel | {run} | "),
        ]
    );
}
