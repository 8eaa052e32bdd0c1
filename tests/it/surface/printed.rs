//! Nothing that others wrote acts upon the terminal of who reads it.

use super::plain::{HOSTILE, check_plain};
use crate::app::{Finished, Given, Hook, TestApp, finished, tradewind};
use serde_json::{Value, json};
use std::fs;
use tradewind_engine::ports::Clock as _;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PROJECT: &str = "
connections:
  hook:
    provider: webhook
    verify: { scheme: standard_webhooks, secret: \"${{ secret.hook }}\" }
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.shop }}\" }
  mail: { provider: sandbox }
";
const COPIES: &str = "
trigger: { event: webhook.received, from: hook, once_per: trigger.body.key }
steps:
  - id: copy
    uses: email.send
    via: mail
    with: { to: a@example.com, subject: \"${{ trigger.body.title }}\", text: \"${{ trigger.body.text }}\" }
";
/// Its address is none, so that the step fails and a reason has to be told.
const FAILS: &str = "
trigger: { event: webhook.received, from: hook }
steps:
  - id: fail
    uses: email.send
    via: mail
    with: { to: \"${{ trigger.body.title }}\", subject: Hi, text: Hi }
";

fn given() -> Given {
    Given::project(PROJECT)
        .workflow("copies", COPIES)
        .workflow("fails", FAILS)
        .secret("hook", SECRET)
        .secret("shop", "hush")
}

async fn check(app: &TestApp, arguments: &[&str]) {
    let shown = app.command(arguments).await;
    assert!(!shown.stdout.is_empty(), "{arguments:?}: {shown:?}");
    check_printed(&arguments.join(" "), &shown);
    let shown = app.command(&[arguments, &["--json"]].concat()).await;
    check_printed(&format!("{} --json", arguments.join(" ")), &shown);
    serde_json::from_str::<Value>(&shown.stdout).unwrap_or_else(|_| panic!("{shown:?}"));
}

fn check_printed(what: &str, shown: &Finished) {
    check_plain(what, &shown.stdout);
    check_plain(what, &shown.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payloads_do_nothing_to_the_terminal_that_shows_them() {
    let app = given().start().await;
    let now = app.clock.now();
    let body = json!({
        "type": HOSTILE, "key": format!("key {HOSTILE}"), "title": "seen", "text": HOSTILE,
        HOSTILE: { HOSTILE: HOSTILE },
    });
    let event =
        Hook::standard("hook", "one", body.to_string(), SECRET, now).send(&app).await.event();
    let verdicts = app.dispatched(&event).await["event"]["verdicts"].clone();
    for verdict in verdicts.as_array().unwrap() {
        app.ended(verdict["run"].as_str().unwrap()).await;
    }
    let odd = json!({ "data": { "type": HOSTILE, "id": HOSTILE } }).to_string();
    Hook::commercelayer("shop", "orders.place", odd, "hush").send(&app).await;
    for path in ["/hooks/%1b%5d0;x%07/%e2%80%ae", "/hooks/webhook/%c2%9b31m", "/%e2%80%8b"] {
        Hook::new(path, "{}").send(&app).await;
    }
    check(&app, &["events"]).await;
    check(&app, &["events", &event]).await;
    check(&app, &["events", "--refused"]).await;
    check(&app, &["runs"]).await;
    check(&app, &["outbox"]).await;
    check(&app, &["dead-letters"]).await;
    for verdict in verdicts.as_array().unwrap() {
        check(&app, &["run", verdict["run"].as_str().unwrap()]).await;
    }
    for asked in [["run", HOSTILE], ["events", HOSTILE], ["trigger", HOSTILE], ["pause", HOSTILE]] {
        for more in [&[][..], &["--json"]] {
            let shown = app.command(&[&asked, more].concat()).await;
            assert_ne!(shown.code, Some(0), "{shown:?}");
            check_printed(asked[0], &shown);
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_project_that_others_wrote_does_nothing_to_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let quoted = "\\e]0;owned\\a\\x9b31m\\r\\u202e\\u200b";
    let project = format!(
        "connections:\n  \"sh{quoted}op\": {{ provider: \"com{quoted}\", \"key{quoted}\": 1 }}\n\
         \"other{quoted}\": 1\n"
    );
    let workflow = format!(
        "trigger: {{ event: \"order{quoted}\", from: \"{quoted}\" }}\nsteps:\n  \
         - {{ id: \"st{quoted}ep\", uses: \"email{quoted}\", via: \"ma{quoted}il\" }}\n"
    );
    fs::create_dir(folder.path().join("workflows")).unwrap();
    fs::write(folder.path().join("tradewind.yaml"), project).unwrap();
    for name in ["good", HOSTILE.trim_end_matches('n'), "\u{1b}[31m"] {
        fs::write(folder.path().join(format!("workflows/{name}.yaml")), &workflow).unwrap();
    }
    let environment = std::collections::BTreeMap::new();
    for asked in [&["check"][..], &["plan"], &["up", "--port", "0"], &["secret", "list"]] {
        for more in [&[][..], &["--json"]] {
            let mut command = tradewind(folder.path(), &environment);
            command.args(asked).args(more);
            let shown = finished(command).await;
            check_printed(&format!("{asked:?} {more:?}"), &shown);
        }
    }
    let mut command = tradewind(&folder.path().join(HOSTILE), &environment);
    command.args(["check", HOSTILE]);
    check_printed("usage", &finished(command).await);
    let mut command = tradewind(&folder.path().join(HOSTILE), &environment);
    command.args(["check"]);
    check_printed("a folder that is not there", &finished(command).await);
}

#[tokio::test]
async fn the_script_of_a_shell_is_printed_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = tradewind(folder.path(), &std::collections::BTreeMap::new());
    command.args(["completion", "bash"]);
    let shown = finished(command).await;
    assert!(shown.stdout.contains("complete"), "{}", shown.stderr);
}
