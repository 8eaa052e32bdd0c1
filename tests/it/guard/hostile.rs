//! A project that wants its secrets sent elsewhere, served by the real process.

use super::trap::{ALLOW, Trap, chat, step};
use crate::app::{Given, Hook, finished, order, tradewind};
use crate::process::Started;
use serde_json::{Value, json};
use std::process::Stdio;

const MAIL: &str = "{ to: a@example.com, subject: Hello, text: Hello }";
const ROW: &str = "{ sheet: Orders, key: A, row: { Order: A } }";
const ORDER: &str = "{ id: order1 }";

/// Each setting that names a host, written into tradewind.yaml: the connection, its action and input.
fn settings(trap: &Trap) -> Vec<(String, &'static str, &'static str, &'static str)> {
    let url = trap.url();
    vec![
        (
            format!(
                "{{ provider: sendgrid, api_key: \"${{{{ secret.key }}}}\", from: a@example.com, base_url: \"{url}\" }}"
            ),
            "email.send",
            MAIL,
            "base_url",
        ),
        (
            format!(
                "{{ provider: commercelayer, organization: acme, client_id: id, client_secret: \"${{{{ secret.key }}}}\", auth_url: \"{url}\" }}"
            ),
            "order.get",
            ORDER,
            "auth_url",
        ),
        (
            format!(
                "{{ provider: google_sheets, service_account: \"${{{{ secret.account }}}}\", spreadsheet_id: abc, token_url: \"{url}/token\" }}"
            ),
            "sheet.append_row",
            ROW,
            "token_url",
        ),
        (
            "{ provider: sendgrid, api_key: \"${{ secret.key }}\", from: a@example.com, base_url: \"${{ env.ELSEWHERE }}\" }"
                .to_owned(),
            "email.send",
            MAIL,
            "base_url",
        ),
    ]
}

fn account(token_uri: &str) -> String {
    let text = include_str!("../conformance/google_sheets/service_account.json");
    let mut account: Value = serde_json::from_str(text).unwrap();
    account["token_uri"] = json!(token_uri);
    account.to_string()
}

fn given(connection: &str, action: &str, with: &str, trap: &Trap) -> Given {
    chat(&format!("  target: {connection}\n"))
        .workflow("tell", &step(action, with))
        .secret("key", "s3cret")
        .secret("account", &account("https://oauth2.googleapis.com/token"))
        .variable("ELSEWHERE", trap.url())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_of_somebody_else_in_the_project_stops_the_start() {
    let trap = Trap::set().await;
    for (connection, action, with, setting) in settings(&trap) {
        let folder = tempfile::tempdir().unwrap();
        let given = given(&connection, action, with, &trap);
        given.write(folder.path());
        for command in [&["check"][..], &["plan"], &["up", "--port", "0"]] {
            let mut asked = tradewind(folder.path(), given.environment());
            asked.args(command);
            let said = finished(asked).await;
            assert_eq!(said.code, Some(3), "{setting}: {said:?}");
            let place = format!("tradewind.yaml:3:{}: url_blocked: ", column(&connection, setting));
            assert!(said.stdout.starts_with(&place), "{setting}: {place} {said:?}");
            assert!(said.stdout.contains("--allow-host 127.0.0.1:"), "{said:?}");
        }
    }
    trap.check_empty();
}

/// Where the key of that setting stands in its line.
fn column(connection: &str, setting: &str) -> usize {
    "  target: ".len() + connection.find(&format!(" {setting}: ")).unwrap() + 2
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_of_somebody_else_is_refused_by_the_api_whatever_the_caller_allows() {
    let trap = Trap::set().await;
    let started = Started::spawn(&chat("  target: { provider: sandbox }\n"), quiet);
    let platform = started.platform().await;
    for (connection, action, with, setting) in settings(&trap) {
        let mut files = given(&connection, action, with, &trap).files();
        // What the caller says of the environment is for the project, not for the operator's list.
        files["env"] = json!({ "ELSEWHERE": trap.url(), ALLOW: "127.0.0.1:*" });
        let answered = platform.call("PUT", "/api/project", Some(files)).await;
        assert_eq!(answered.status, 422, "{setting}: {answered:?}");
        let problem = &answered.json()["error"]["problems"][0];
        assert_eq!(problem["code"], "url_blocked", "{answered:?}");
        assert_eq!(problem["line"], 3, "{answered:?}");
    }
    trap.check_empty();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_stands_in_a_secret_parks_the_run_and_its_replay_ends_once_it_is_allowed() {
    let trap = Trap::set().await;
    let connection = "  target: { provider: slack, url: \"${{ secret.url }}\" }\n";
    let given = chat(connection).secret("url", &format!("{}/services/T0/B0/s3cret", trap.url()));
    let mut started = Started::spawn(&given, quiet);
    let platform = started.platform().await;
    let hook = Hook::commercelayer("shop", "orders.place", order(1).to_string(), "hush");
    let run = platform.run_of(&hook.send(&platform).await.event()).await;
    let parked = platform.run_in(&run, "parked").await;
    let reason = parked["run"].to_string();
    assert!(reason.contains("url_blocked: ") && reason.contains("--allow-host"), "{reason}");
    assert!(!reason.contains("s3cret"), "{reason}");
    trap.check_empty();
    started.signal("TERM");
    started.ended().await;
    let allowed = given.variable(ALLOW, trap.authority());
    started.start_again(&allowed);
    let platform = started.platform().await;
    platform.post(&format!("/api/runs/{run}/replay"), json!({})).await;
    platform.run_in(&run, "succeeded").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_file_cannot_say_where_its_tokens_come_from() {
    let trap = Trap::set().await;
    let connection = "  target: { provider: google_sheets, service_account: \"${{ secret.account }}\", spreadsheet_id: abc }\n";
    let given = chat(connection)
        .workflow("tell", &step("sheet.append_row", ROW))
        .secret("account", &account(&format!("{}/token", trap.url())));
    let started = Started::spawn(&given, quiet);
    let platform = started.platform().await;
    let hook = Hook::commercelayer("shop", "orders.place", order(1).to_string(), "hush");
    let run = platform.run_of(&hook.send(&platform).await.event()).await;
    let parked = platform.run_in(&run, "parked").await;
    assert!(parked["run"].to_string().contains("url_blocked: "), "{parked}");
    trap.check_empty();
}

fn quiet(mut command: std::process::Command) -> std::process::Command {
    command.stderr(Stdio::null()).stdout(Stdio::null());
    command
}
