//! What was applied before secrets had their places: it goes on as it is, and what came from a secret is
//! hidden wherever it stands. The folder's next check names the place.

use super::answers;
use super::life::Lived;
use super::search::check;
use crate::app::{Given, Hook, Logs, TestApp, order};
use crate::fakes::{Answer, FakeServer, Seen};
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::definitions::DefinitionsChange;
use tradewind_engine::ports::Definitions as _;

const PROJECT: &str = "\
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.cl_webhook }}\" }
  mail:
    provider: sendgrid
    api_key: ${{ secret.sendgrid }}
    from: shop@example.com
    base_url: http://127.0.0.1:9
  table:
    provider: csv
    path: tables
";
const WORKFLOW: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: note
    uses: sheet.append_row
    via: table
    with: { sheet: Orders, key: \"${{ trigger.order.number }}\", row: {} }
  - id: thank
    uses: email.send
    via: mail
    with: { to: ada@example.com, subject: Hi, text: Hi }
";
const FOLDER: &str = "CANARY-folder-CANARY";

/// As the project was stored by a version that took a secret in any setting.
async fn store_as_earlier(app: &TestApp) {
    let current = app.store().current().await.unwrap();
    let mut project = current.project.unwrap();
    let mut set = |connection: &str, setting: &str, value: Value| {
        let connection = project.connections.get_mut(&connection.into()).unwrap();
        connection.settings.insert(setting.to_owned(), value);
    };
    set("mail", "base_url", json!({ "$secret": "address" }));
    // From `${{ env.… }}`, as it stood in clear.
    set("mail", "api_key", json!("CANARY-in-clear-CANARY"));
    set("table", "path", json!({ "$secret": "folder" }));
    let change = DefinitionsChange {
        from_revision: current.revision,
        project: Some(project),
        ..DefinitionsChange::default()
    };
    assert!(app.store().change(&change).await.unwrap());
    app.clock.pass(Duration::from_secs(10));
}

#[tokio::test]
async fn a_project_with_misplaced_secrets_goes_on_and_shows_none_of_them() {
    let (logs, _guard) = Logs::capture();
    let refuse = |seen: &Seen| {
        let text = format!("{} {}", seen.target, seen.header("authorization").unwrap_or_default());
        Answer::json(400, json!({ "errors": [{ "message": text }] }))
    };
    let mail = FakeServer::deciding(refuse).await;
    let given = Given::project(PROJECT)
        .workflow("orders", WORKFLOW)
        .secret("cl_webhook", "hush")
        .secret("sendgrid", "SG.unused")
        .secret("address", &format!("{}/CANARY-address-CANARY", mail.url))
        .secret("folder", FOLDER);
    let app = given.start().await;
    store_as_earlier(&app).await;
    let hook = Hook::commercelayer("shop", "orders.place", order(1).to_string(), "hush");
    let event = hook.send(&app).await.event();
    let run = app.run_of(&event).await;
    let shown = app.run_in(&run, "failed").await;
    assert_eq!(shown["steps"][0]["state"], "done", "{shown:#}");
    assert!(app.dir().join(FOLDER).join("Orders.csv").exists(), "its work is done as before");
    let reason = shown["run"]["failure"]["reason"].as_str().unwrap();
    assert_eq!(reason, "SendGrid answered 400: [secret]/v3/mail/send Bearer [secret]");

    let lived = Lived {
        runs: vec![run],
        events: vec![event],
        replays: Vec::new(),
        workflows: vec!["orders".to_owned()],
        said: Vec::new(),
    };
    let mut all = answers::answers(&app, &lived).await;
    all.push(("the logs".to_owned(), logs.text()));
    check(&all, &app.token);

    let written = PROJECT
        .replace("http://127.0.0.1:9", "${{ secret.address }}")
        .replace("tables", "${{ secret.folder }}");
    std::fs::write(app.dir().join("tradewind.yaml"), written).unwrap();
    let said = app.command(&["check"]).await;
    let places: Vec<&str> = said.stdout.lines().chain(said.stderr.lines()).collect();
    for place in ["tradewind.yaml:7:5: secret_misplaced", "tradewind.yaml:10:5: secret_misplaced"] {
        assert!(places.iter().any(|line| line.starts_with(place)), "{places:#?}");
    }
    app.stop().await;
}
