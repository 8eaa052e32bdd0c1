//! What people are told: every host that will receive a secret, and what changed.

use super::trap::{ALLOW, Trap};
use crate::app::{Given, finished, tradewind};
use crate::process::Started;
use expect_test::expect;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::ChildStderr;

const PROJECT: &str = "\
connections:
  shop:
    provider: commercelayer
    organization: acme
    client_id: id
    client_secret: ${{ secret.cl }}
    webhook_secret: ${{ secret.cl_hook }}
  mail: { provider: sendgrid, api_key: \"${{ secret.mail }}\", from: shop@example.com }
  books: { provider: google_sheets, service_account: \"${{ secret.google }}\", spreadsheet_id: abc }
  ops: { provider: slack, url: \"${{ secret.slack }}\" }
  signed: { provider: webhook, verify: { scheme: standard_webhooks, secret: \"${{ secret.signed }}\" } }
  try: { provider: sandbox }
";

fn given(project: &str) -> Given {
    Given::project(project)
}

async fn said(given: &Given, dir: &Path, arguments: &[&str]) -> String {
    let mut command = tradewind(dir, given.environment());
    command.args(arguments);
    let said = finished(command).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    said.stdout + &said.stderr
}

/// The hosts as the command prints them.
fn table(said: &str) -> String {
    let (_, table) = said.split_once("Hosts that receive secrets\n").expect("it names them");
    table
        .split("\n\n")
        .next()
        .unwrap()
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_plan_and_an_apply_name_every_host_that_receives_a_secret_and_what_changed() {
    let first = given(PROJECT).variable(ALLOW, "mail.example:8443");
    let started = Started::spawn(&first, |mut command| {
        command.stderr(Stdio::null());
        command
    });
    let platform = started.platform().await;
    let dir = started.folder.path();
    let same = said(&first, dir, &["apply"]).await;
    expect![[r#"
        HOST                   CONNECTION  SECRETS  WHOSE                         CHANGE
        sheets.googleapis.com  books       google   google_sheets
        oauth2.googleapis.com  books       google   google_sheets, in secret
        accounts.google.com    books       google   google_sheets, in secret
        www.googleapis.com     books       google   google_sheets, in secret
        mail.example:8443      books       google   NOT google_sheets, in secret
        api.sendgrid.com       mail        mail     sendgrid
        hooks.slack.com        ops         slack    slack, in secret
        hooks.slack-gov.com    ops         slack    slack, in secret
        mail.example:8443      ops         slack    NOT slack, in secret
        acme.commercelayer.io  shop        cl       commercelayer
        auth.commercelayer.io  shop        cl       commercelayer
    "#]]
    .assert_eq(&table(&same));
    // Another host that was allowed, another secret, and a connection less.
    let second = PROJECT
        .replace(
            "from: shop@example.com",
            "from: shop@example.com, base_url: \"https://mail.example:8443\"",
        )
        .replace("secret.cl }}", "secret.cl_new }}");
    let second = second.lines().filter(|line| !line.contains("google_sheets"));
    let second = given(&second.map(|line| format!("{line}\n")).collect::<String>());
    let second = second.variable(ALLOW, "mail.example:8443");
    second.write(dir);
    let planned = said(&second, dir, &["plan"]).await;
    let applied = said(&second, dir, &["apply"]).await;
    expect![[r#"
        HOST                   CONNECTION  SECRETS  WHOSE                         CHANGE
        mail.example:8443      mail        mail     NOT sendgrid                  new
        hooks.slack.com        ops         slack    slack, in secret
        hooks.slack-gov.com    ops         slack    slack, in secret
        mail.example:8443      ops         slack    NOT slack, in secret
        acme.commercelayer.io  shop        cl_new   commercelayer                 other secrets
        auth.commercelayer.io  shop        cl_new   commercelayer                 other secrets
        sheets.googleapis.com  books       google   google_sheets                 gone
        oauth2.googleapis.com  books       google   google_sheets, in secret      gone
        accounts.google.com    books       google   google_sheets, in secret      gone
        www.googleapis.com     books       google   google_sheets, in secret      gone
        mail.example:8443      books       google   NOT google_sheets, in secret  gone
        api.sendgrid.com       mail        mail     sendgrid                      gone
    "#]]
    .assert_eq(&table(&applied));
    assert_eq!(table(&planned), table(&applied), "the plan says what the apply will do");
    for line in table(&applied).lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    let shown = platform.get("/api/project").await;
    let hosts = shown["hosts"].as_array().unwrap();
    assert!(hosts.iter().any(|one| one["host"] == "mail.example:8443" && one["is_own"] == false));
    drop(started);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_was_allowed_since_the_last_apply_is_new_where_a_secret_holds_the_address() {
    let project = "connections:\n  ops: { provider: slack, url: \"${{ secret.slack }}\" }\n";
    let before = given(project).variable(ALLOW, "before.example");
    let mut started = Started::spawn(&before, |mut command| {
        command.stderr(Stdio::null());
        command
    });
    started.platform().await;
    started.signal("INT");
    started.ended().await;
    let after = before.variable(ALLOW, "before.example,since.example");
    let dir = started.folder.path().to_owned();
    let mut up = tradewind(&dir, after.environment());
    up.args(["up", "--port", "0"]).stderr(Stdio::piped());
    let mut up = tokio::process::Command::from(up).kill_on_drop(true).spawn().unwrap();
    let lines = BufReader::new(up.stderr.take().unwrap()).lines();
    let told = tokio::time::timeout(Duration::from_secs(30), hosts_told(lines)).await.unwrap();
    let is_new = |host: &str| {
        let line = told.iter().find(|line| line.contains(host));
        line.unwrap_or_else(|| panic!("{host}: {told:?}")).contains("new")
    };
    assert!(is_new("since.example") && !is_new("before.example"), "{told:?}");
}

/// The first lines, until the last of those hosts was named.
async fn hosts_told(mut lines: Lines<BufReader<ChildStderr>>) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        let is_last = line.contains("since.example");
        told.push(line);
        if is_last {
            break;
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_are_told_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let given = given(PROJECT);
    given.write(folder.path());
    let said = said(&given, folder.path(), &["plan", "--json"]).await;
    let plan: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(plan["compared_with"], Value::Null);
    assert_eq!(
        plan["hosts"][0],
        json!({
            "connection": "books", "provider": "google_sheets", "host": "sheets.googleapis.com",
            "secrets": ["google"], "is_own": true, "in_secret": false, "change": "unknown",
        })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_lines_of_up_name_the_hosts() {
    let trap = Trap::set().await;
    let folder = tempfile::tempdir().unwrap();
    let project = format!(
        "connections:\n  ops: {{ provider: slack, url: \"${{{{ secret.slack }}}}\" }}\n  mail: {{ provider: sendgrid, api_key: \"${{{{ secret.mail }}}}\", from: a@b.example, base_url: \"{}\" }}\n",
        trap.url()
    );
    let given = given(&project).variable(ALLOW, trap.authority());
    given.write(folder.path());
    let mut command = tradewind(folder.path(), given.environment());
    command.env("RUST_LOG", "off").args(["up", "--port", "0"]).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = tokio::task::spawn_blocking(move || {
        use std::io::BufRead as _;
        let stderr = std::io::BufReader::new(child.stderr.take().unwrap());
        let lines: Vec<String> = stderr.lines().map_while(Result::ok).take(6).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        lines
    });
    let lines = lines.await.unwrap();
    let port = trap.authority().split_once(':').unwrap().1;
    let lines: Vec<String> = lines
        .iter()
        .filter(|line| line.starts_with("secrets: "))
        .map(|line| line.replace(port, "PORT"))
        .collect();
    expect![[r#"
        secrets: mail of mail goes to 127.0.0.1:PORT (NOT a host of sendgrid; new)
        secrets: slack of ops may go to hooks.slack.com (a host of slack; new)
        secrets: slack of ops may go to hooks.slack-gov.com (a host of slack; new)
        secrets: slack of ops may go to 127.0.0.1:PORT (NOT a host of slack; new)
    "#]]
    .assert_eq(&(lines.join("\n") + "\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_hosts_that_makes_no_sense_is_refused_by_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let given = given(PROJECT);
    given.write(folder.path());
    for (word, expected) in [
        ("https://mail.example", "leave out the scheme"),
        ("169.254.169.254", "can never be allowed"),
        ("*.example", "named in full"),
        ("10.0.0.1:*", "every port"),
    ] {
        let mut by_option = tradewind(folder.path(), given.environment());
        by_option.args(["check", "--allow-host", word]);
        let mut by_variable = tradewind(folder.path(), given.environment());
        by_variable.env(ALLOW, word).arg("check");
        for command in [by_option, by_variable] {
            let said = finished(command).await;
            assert_eq!(said.code, Some(2), "{said:?}");
            assert!(said.stderr.contains(expected), "{said:?}");
        }
    }
}
