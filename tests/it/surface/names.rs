//! A workflow has the same name whether a file or the API gives it.

use super::plain::check_plain;
use crate::app::{Given, finished, tradewind};
use http::Method;
use serde_json::json;
use std::fs;

const PROJECT: &str =
    "connections:\n  mail: { provider: sandbox }\n  shop: { provider: commercelayer }\n";
const WORKFLOW: &str = "
trigger: { event: order.placed, from: shop }
steps:
  - { id: tell, uses: email.send, via: mail, with: { to: a@example.com, subject: Hi, text: Hi } }
";
/// What names no file on one system or another, or is not what it looks like.
const ODD: [&str; 14] = [
    "a\u{202e}b",
    "<script>alert(1)</script>",
    "..",
    "../../etc/passwd",
    "CON",
    "sales/nul",
    "com1",
    "Aux",
    "a b",
    "a.b",
    "caf\u{e9}",
    "/a",
    "a//b",
    "a/",
];

#[tokio::test]
async fn the_api_takes_no_name_that_the_folder_does_not_take() {
    let app = Given::project(PROJECT).workflow("good", WORKFLOW).start().await;
    for id in ODD {
        let is_dots = id.split('/').any(|part| part == "..");
        let path = format!("/api/workflows/{}", encoded(id));
        let answered = app.call("PUT", &path, Some(json!({ "source": WORKFLOW }))).await;
        if !is_dots {
            // The others are another path before they leave the sender.
            assert_eq!(answered.verdict(), "422 project_invalid", "{id:?}: {}", answered.text);
            let problem = answered.json()["error"]["problems"][0].clone();
            assert_eq!(problem["code"], "id_invalid", "{id:?}: {problem}");
            assert!(problem["help"].is_string(), "{id:?}: {problem}");
        }
        let files = json!({ "project": PROJECT, "workflows": { "good": WORKFLOW, id: WORKFLOW } });
        let answered = app.call("PUT", "/api/project", Some(files)).await;
        assert_eq!(answered.verdict(), "422 project_invalid", "{id:?}: {}", answered.text);
    }
    let long = format!("/api/workflows/{}", "a".repeat(201));
    let answered = app.call("PUT", &long, Some(json!({ "source": WORKFLOW }))).await;
    assert_eq!(answered.verdict(), "422 project_invalid", "{}", answered.text);
    for id in ["Good-2_x", "sales%2Fdaily%2Ffirst", "console", "nullable"] {
        let path = format!("/api/workflows/{id}");
        let answered = app.call("PUT", &path, Some(json!({ "source": WORKFLOW }))).await;
        assert_eq!(answered.status, 200, "{id}: {}", answered.text);
    }
    app.stop().await;
}

#[tokio::test]
async fn two_names_that_differ_in_their_capitals_alone_are_one_file_elsewhere() {
    let app = Given::project(PROJECT).workflow("good", WORKFLOW).start().await;
    let answered =
        app.call("PUT", "/api/workflows/GOOD", Some(json!({ "source": WORKFLOW }))).await;
    assert_eq!(answered.verdict(), "422 project_invalid", "{}", answered.text);
    assert!(answered.text.contains("good"), "{}", answered.text);
    app.stop().await;
}

#[tokio::test]
async fn the_folder_takes_no_name_that_the_api_does_not_take() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("workflows/sales")).unwrap();
    fs::write(folder.path().join("tradewind.yaml"), PROJECT).unwrap();
    for name in ["good", "CON", "sales/nul", "a b", "caf\u{e9}", "GOOD"] {
        fs::write(folder.path().join(format!("workflows/{name}.yaml")), WORKFLOW).unwrap();
    }
    let mut command = tradewind(folder.path(), &std::collections::BTreeMap::new());
    command.arg("check");
    let shown = finished(command).await;
    assert_eq!(shown.code, Some(3), "{shown:?}");
    for name in ["CON", "sales/nul", "a b", "caf\u{e9}", "good"] {
        assert!(shown.stdout.contains(&format!("workflows/{name}.yaml")), "{name}: {shown:?}");
    }
    assert!(
        shown.stdout.contains("5 problems") || shown.stderr.contains("5 problems"),
        "{shown:?}"
    );
}

#[tokio::test]
async fn what_was_stored_under_another_rule_can_still_be_seen_and_stopped() {
    use tradewind_engine::definitions::{DefinitionsChange, WorkflowHead};
    use tradewind_engine::ports::Definitions as _;
    let app = Given::project(PROJECT).workflow("good", WORKFLOW).start().await;
    let current = app.store().current().await.unwrap();
    let head = current.workflows.iter().find(|head| head.id.as_str() == "good").unwrap().clone();
    let version = app.store().version(&head.id, head.version).await.unwrap().unwrap();
    let odd = WorkflowHead { id: "CON \u{202e}".into(), ..head };
    let version = tradewind_engine::definitions::WorkflowVersion { id: odd.id.clone(), ..version };
    let change = DefinitionsChange {
        from_revision: current.revision,
        heads: vec![odd],
        versions: vec![version],
        ..DefinitionsChange::default()
    };
    assert!(app.store().change(&change).await.unwrap());
    let path = "/api/workflows/CON%20%E2%80%AE";
    assert_eq!(app.call("GET", path, None).await.status, 200);
    let paused = app.call("POST", &format!("{path}/pause"), Some(json!({}))).await;
    assert_eq!(paused.status, 200, "{}", paused.text);
    let files = app.given().files();
    let answered =
        app.request(Method::PUT, "/api/project", auth(&app.token), files.to_string().into());
    let answered = answered.await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    assert_eq!(answered.json()["removed"], json!(["CON \u{202e}"]));
    app.stop().await;
}

#[tokio::test]
async fn a_refusal_shows_what_is_hidden_in_the_request() {
    let app = Given::project(PROJECT).workflow("good", WORKFLOW).start().await;
    let files = json!({ "project": PROJECT, "a\u{202e}b\u{1b}": 1 });
    let answered = app.call("PUT", "/api/project", Some(files)).await;
    assert_eq!(answered.verdict(), "400 unknown_field", "{}", answered.text);
    let error = answered.json()["error"]["message"].clone();
    let message = error.as_str().unwrap();
    assert!(message.contains(r"a\u{202e}b"), "{message}");
    check_plain("the API", message);
    app.stop().await;
}

fn encoded(id: &str) -> String {
    id.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn auth(token: &str) -> http::HeaderMap {
    let mut headers = http::HeaderMap::new();
    headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    headers.insert("content-type", "application/json".parse().unwrap());
    headers
}
