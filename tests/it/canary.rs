//! Secrets stay where they are: after everything that can go wrong has gone wrong, with services
//! that repeat whole requests in their errors, no secret stands in what was written or said.

use crate::app::{Given, Hook, Logs, TestApp, order};
use crate::fakes::{Answer, FakeServer, Seen};
use http::HeaderMap;
use serde_json::json;
use std::fs;
use std::time::Duration;

/// The characters behind it have another form in JSON and in URLs.
const CLIENT_SECRET: &str = r#"CANARY-client-"secret"/+"#;
const CL_TOKEN: &str = "CANARY-token-of-commercelayer";
const GOOGLE_TOKEN: &str = "CANARY-token-of-google";
const CL_WEBHOOK: &str = "CANARY-webhook-of-commercelayer";
const SENDGRID: &str = "SG.CANARY-sendgrid";
const POSTMARK: &str = "CANARY-postmark";
const SLACK_PATH: &str = "/services/T0/B0/CANARY-slack";
/// `CANARY-webhook-of-parcels` in base64.
const PARCELS: &str = "whsec_Q0FOQVJZLXdlYmhvb2stb2YtcGFyY2Vscw==";
/// No header can hold it.
const BROKEN: &str = "CANARY-broken\nkey";
const ACCOUNT: &str = include_str!("conformance/google_sheets/service_account.json");

/// Every secret starts so, or has a mark of its own.
const MARKS: [&str; 3] = ["CANARY", "Q0FOQVJZ", "BEGIN PRIVATE KEY"];

const CONNECTIONS: &str = "
connections:
  shop:
    provider: commercelayer
    base_url: SERVICES
    auth_url: SERVICES
    client_id: app
    client_secret: ${{ secret.client_secret }}
    webhook_secret: \"${{ secret.cl_webhook }}\"
  closed:
    provider: commercelayer
    base_url: SERVICES
    auth_url: SERVICES/closed
    client_id: app
    client_secret: ${{ secret.client_secret }}
  parcels:
    provider: webhook
    verify: { scheme: standard_webhooks, secret: \"${{ secret.parcels }}\" }
  sendgrid: { provider: sendgrid, base_url: SERVICES, api_key: \"${{ secret.sendgrid }}\", from: a@example.com }
  postmark: { provider: postmark, base_url: SERVICES, server_token: \"${{ secret.postmark }}\", from: a@example.com }
  broken: { provider: sendgrid, base_url: SERVICES, api_key: \"${{ secret.broken }}\", from: a@example.com }
  unset: { provider: sendgrid, base_url: SERVICES, api_key: \"${{ secret.unset }}\", from: a@example.com }
  sheets:
    provider: google_sheets
    base_url: SERVICES
    token_url: SERVICES/google/token
    service_account: ${{ secret.account }}
    spreadsheet_id: sheet
  ops: { provider: slack, url: \"${{ secret.slack }}\" }
alerts: { via: ops }
";

/// One workflow for each connection that acts; on failure the reason is told in Slack.
fn workflow(uses: &str, via: &str, with: &str) -> String {
    format!(
        "
trigger: {{ event: order.placed, from: shop, once_per: trigger.order.id }}
steps:
  - id: act
    uses: {uses}
    via: {via}
    retry: {{ attempts: 2, over: 1s }}
    with: {with}
on_failure:
  - id: tell
    uses: chat.post
    via: ops
    with: {{ text: \"${{{{ failure.step }}}}: ${{{{ failure.reason }}}}\" }}
"
    )
}

fn given(services: &str) -> Given {
    let mail = "{ to: ada@example.com, subject: Hi, text: Hi }";
    let order = "{ id: order1 }";
    let row = "{ sheet: Orders, key: k, row: { Order: k } }";
    let workflows = [
        ("approve", "order.approve", "shop", order),
        ("read", "order.get", "closed", order),
        ("sendgrid", "email.send", "sendgrid", mail),
        ("postmark", "email.send", "postmark", mail),
        ("broken", "email.send", "broken", mail),
        ("unset", "email.send", "unset", mail),
        ("log", "sheet.append_row", "sheets", row),
    ];
    let project = CONNECTIONS.replace("SERVICES", services);
    let given = Given::project(&project)
        .secret("client_secret", CLIENT_SECRET)
        .secret("cl_webhook", CL_WEBHOOK)
        .secret("parcels", PARCELS)
        .secret("sendgrid", SENDGRID)
        .secret("postmark", POSTMARK)
        .secret("broken", BROKEN)
        .secret("account", ACCOUNT)
        .secret("slack", &format!("{services}{SLACK_PATH}"));
    workflows
        .into_iter()
        .fold(given, |given, (id, uses, via, with)| given.workflow(id, &workflow(uses, via, with)))
}

/// Gives tokens, takes messages in Slack, and refuses all else with the request in the error, in
/// the form of whoever was asked.
fn echo(seen: &Seen) -> Answer {
    let echo = format!("{} {}", seen.target, seen.text());
    match seen.target.as_str() {
        "/oauth/token" => {
            Answer::json(200, json!({ "access_token": CL_TOKEN, "expires_in": 7200 }))
        }
        "/closed/oauth/token" => Answer::json(401, json!({ "error": echo })),
        "/google/token" => {
            Answer::json(200, json!({ "access_token": GOOGLE_TOKEN, "expires_in": 3600 }))
        }
        SLACK_PATH => Answer::text(200, "ok"),
        "/email" => Answer::json(422, json!({ "ErrorCode": 300, "Message": echo })),
        "/v3/mail/send" => Answer::json(400, json!({ "errors": [{ "message": echo }] })),
        path if path.starts_with("/api/orders") => {
            let error = json!({ "code": "INVALID", "title": echo, "detail": echo });
            Answer::json(422, json!({ "errors": [error] }))
        }
        _ => Answer::json(400, json!({ "error": { "message": echo } })),
    }
}

#[tokio::test]
async fn no_secret_is_ever_written_or_said() {
    let (logs, _guard) = Logs::capture();
    let services = FakeServer::deciding(echo).await;
    let app = given(&services.url).start().await;
    let runs = live(&app).await;
    let sent = services.transcript();
    // Otherwise there would be nothing that could have been repeated.
    for secret in [CL_TOKEN, GOOGLE_TOKEN, SENDGRID, POSTMARK] {
        assert!(sent.contains(secret), "{secret} was never sent");
    }

    let mut said = vec![("the logs".to_owned(), logs.text())];
    said.extend(answers(&app, &runs).await);
    said.extend(outputs(&app, &runs).await);
    let told = services.seen().into_iter().filter(|seen| seen.target == SLACK_PATH);
    let told: Vec<String> =
        told.map(|seen| String::from_utf8_lossy(&seen.body).into_owned()).collect();
    // Each run tells in Slack by its own step, or by the alert where it was parked.
    assert!(told.len() >= runs.len(), "{told:#?}");
    said.push(("Slack".to_owned(), told.join("\n")));
    said.extend(files(&app));
    for (what, text) in &said {
        for mark in MARKS {
            assert!(!text.contains(mark), "{what} holds {mark}: {}", around(text, mark));
        }
        let is_token_file = what.ends_with("/token");
        assert!(is_token_file || !text.contains(&app.token), "{what} holds the API token");
    }
    app.stop().await;
}

/// Good and bad deliveries, until all runs have ended; their ids.
async fn live(app: &TestApp) -> Vec<String> {
    let body = order(1).to_string();
    let good = Hook::commercelayer("shop", "orders.place", body.clone(), CL_WEBHOOK);
    let event = good.send(app).await.event();
    let event = app.dispatched(&event).await;
    let verdicts = event["event"]["verdicts"].as_array().unwrap();
    let runs: Vec<String> =
        verdicts.iter().map(|verdict| verdict["run"].as_str().unwrap().to_owned()).collect();
    for run in &runs {
        app.wait_for("the end of the run", async || {
            app.clock.pass(Duration::from_millis(500));
            let run = app.get(&format!("/api/runs/{run}")).await;
            run["run"]["ended_at"].is_string().then_some(())
        })
        .await;
    }
    let bad = [
        good.clone().header("x-commercelayer-signature", CL_WEBHOOK),
        Hook::commercelayer("shop", "orders.place", "{", CL_WEBHOOK),
        Hook::commercelayer(CL_WEBHOOK, "orders.place", "{}", "x").header("authorization", PARCELS),
        Hook::standard("parcels", PARCELS, "{", PARCELS, "2020-01-01T00:00:00Z".parse().unwrap()),
    ];
    for mut hook in bad {
        // The path is the sender's own; it is what it says in its answer and in the log.
        hook.path = hook.path.replace(CL_WEBHOOK, "nobody");
        assert!(hook.send(app).await.status.is_client_error());
    }
    app.wait_for("the alerts", async || {
        app.clock.pass(Duration::from_secs(5));
        app.store().untold_letters(1).await.unwrap().is_empty().then_some(())
    })
    .await;
    runs
}

/// What the admin API answers, everywhere.
async fn answers(app: &TestApp, runs: &[String]) -> Vec<(String, String)> {
    let mut paths: Vec<String> = [
        "/api/project",
        "/api/status",
        "/api/workflows",
        "/api/runs",
        "/api/events",
        "/api/dead-letters",
        "/api/outbox",
        "/api/endpoints",
        "/api/audit",
        "/api/refusals",
        "/api/openapi.json",
        "/health",
        "/api/nothing",
    ]
    .map(str::to_owned)
    .into();
    paths.extend(runs.iter().map(|run| format!("/api/runs/{run}")));
    let mut answers = Vec::new();
    for path in paths {
        answers.push((path.clone(), format!("{:?}", app.call("GET", &path, None).await)));
    }
    for run in runs {
        let path = format!("/api/runs/{run}/replay");
        let answered = app.call("POST", &path, Some(json!({ "force": true }))).await;
        answers.push((path, format!("{answered:?}")));
    }
    let mut wrong = HeaderMap::new();
    wrong.insert("authorization", "Bearer CANARY-of-a-guess".parse().unwrap());
    let refused = app.request(http::Method::GET, "/api/runs", wrong, Vec::new()).await;
    answers.push(("a wrong token".to_owned(), format!("{refused:?}")));
    answers
}

/// What the command prints and notes, in both forms.
async fn outputs(app: &TestApp, runs: &[String]) -> Vec<(String, String)> {
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["check"],
        vec!["apply"],
        vec!["runs"],
        vec!["events"],
        vec!["dead-letters"],
        vec!["outbox"],
        vec!["secret", "list"],
        vec!["catalog"],
        vec!["up", "--port", "0"],
    ];
    commands.extend(runs.iter().map(|run| vec!["run", run]));
    let mut outputs = Vec::new();
    for command in commands {
        for form in [&["--verbose"][..], &["--json"]] {
            let arguments = [&command[..], form].concat();
            let finished = app.command(&arguments).await;
            outputs
                .push((arguments.join(" "), format!("{}\n{}", finished.stdout, finished.stderr)));
        }
    }
    outputs
}

/// Every file of the data directory, the database and its log among them.
fn files(app: &TestApp) -> Vec<(String, String)> {
    let entries = fs::read_dir(app.data_dir()).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.is_file());
    let read = |path: std::path::PathBuf| {
        let bytes = fs::read(&path).unwrap();
        (path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned())
    };
    let files: Vec<(String, String)> = files.map(read).collect();
    assert!(files.iter().any(|(path, text)| path.ends_with(".db-wal") && !text.is_empty()));
    files
}

/// The text near the mark, for the message.
fn around<'a>(text: &'a str, mark: &str) -> &'a str {
    let at = text.find(mark).unwrap_or_default();
    let (start, end) = (at.saturating_sub(300), (at + 200).min(text.len()));
    let start = (0..=start).rev().find(|start| text.is_char_boundary(*start)).unwrap_or_default();
    let end = (end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
    &text[start..end]
}

#[test]
fn what_is_secret_is_marked_so_in_every_provider() {
    let catalog = tradewind_connectors::catalog::catalog();
    for provider in &catalog.providers {
        let settings = (provider.settings)();
        for name in settings["properties"].as_object().into_iter().flatten().map(|(name, _)| name) {
            let sounds_secret = ["secret", "token", "key", "password", "service_account"]
                .iter()
                .any(|word| name.ends_with(word));
            let is_known = provider.secrets.iter().any(|secret| secret == name);
            assert!(!sounds_secret || is_known, "{}: {name} is not marked", provider.id);
        }
    }
}
