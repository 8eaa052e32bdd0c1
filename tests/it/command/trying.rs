//! `tradewind try provider … --send`: one call for real, that a person asked for.

use super::folder::{Folder, Said};
use crate::fakes::{Answer, FakeServer};
use expect_test::expect;
use serde_json::json;
use std::fs;

const ACME: &str = r#"format: 1
provider: acme
title: Acme Mail
documentation: https://acme.example/api
settings:
  token: { secret: true, help: The token of the account. }
base_url: https://mail.acme.example
auth: { bearer: token }
actions:
  email.send:
    class: neither
    post: /messages
    json: { to: "${{ input.to }}", subject: "${{ input.subject }}", text: "${{ input.text }}" }
    success: { status: [201] }
    output: { message_id: "${{ answer.body.id }}" }
"#;
const FIXTURES: &str =
    "settings: { token: t0ken-made-up }\ncases:\n  - b: { answer: { status: 201 }, outcome: x }\n";
const SECRET: (&str, &str) = ("TRADEWIND_SECRET_ACME", "t0ken-of-acme-4711");

fn folder(at: &str) -> Folder {
    let project = format!(
        "connections:\n  letters: {{ provider: acme, token: '${{{{ secret.acme }}}}', base_url: '{at}' }}\n"
    );
    Folder::empty()
        .with("tradewind.yaml", &project)
        .with("providers/acme.yaml", ACME)
        .with("providers/acme.fixtures.yaml", FIXTURES)
        .with("mail.yaml", "to: eve@shop.example\nsubject: Order 1001\ntext: Thank you\n")
}

/// What is said of a call to a service that answers so, and what the service was sent.
async fn tried(answer: Answer, more: &[&str]) -> (Said, Vec<crate::fakes::Seen>, Folder) {
    let service = FakeServer::scripted([answer]).await;
    let folder = folder(&service.url);
    let more: Vec<String> = more.iter().map(|&word| word.to_owned()).collect();
    let (said, folder) = tokio::task::spawn_blocking(move || {
        let mut words =
            vec!["--allow-host", "127.0.0.1:*", "try", "provider", "acme", "email.send"];
        words.extend(["--connection", "letters", "--input", "mail.yaml", "--send"]);
        words.extend(more.iter().map(String::as_str));
        (folder.run_in(&words, &[SECRET], ""), folder)
    })
    .await
    .unwrap();
    let seen = service.seen();
    let text = |text: String| text.replace(&service.url, "SERVICE");
    (Said { out: text(said.out), err: text(said.err), code: said.code }, seen, folder)
}

#[tokio::test]
async fn a_call_is_made_once_and_told_and_kept_without_its_secret() {
    let answer =
        json!({ "id": "m-1", "to": "eve@shop.example", "echo": "Bearer t0ken-of-acme-4711" });
    let (said, seen, folder) = tried(Answer::json(201, answer), &["--yes", "--save"]).await;
    expect![[r#"
        POST SERVICE/messages
        accept: application/json
        authorization: Bearer [acme]
        content-type: application/json

        {"to":"eve@shop.example","subject":"Order 1001","text":"Thank you"}

        answered 201
        content-type: application/json

        {"id":"m-1","to":"eve@shop.example","echo":"Bearer [secret]"}

        done: {"message_id":"m-1"}
        a case was added to providers/acme.fixtures.yaml: say what it shows, then `tradewind test --update`
        exit 0
    "#]].assert_eq(&said.text());
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].header("authorization"), Some("Bearer t0ken-of-acme-4711"));
    let fixtures = fs::read_to_string(folder.path().join("providers/acme.fixtures.yaml")).unwrap();
    expect![[r#"
        settings: { token: t0ken-made-up }
        cases:
          - b: { answer: { status: 201 }, outcome: x }
          - TODO what this shows:
              action: email.send
              input: {"to":"ada@example.com","subject":"Order 1001","text":"Thank you"}
              sends:
              answer: {"status":201,"json":{"id":"m-1","to":"ada@example.com","echo":"Bearer [secret]"}}
              outcome:
    "#]].assert_eq(&fixtures);
    let updated = folder.run(&["--allow-host", "127.0.0.1:*", "test", "--update"]);
    assert!(updated.text().contains("acme"), "{}", updated.text());
}

/// Signed by the key `h00k-of-acme-4711`.
const WEBHOOK: &str = "POST /hooks/acme/letters HTTP/1.1\r\nContent-Type: application/json\r\nx-acme-key: h00k-of-acme-4711\r\n\r\n{\"id\":\"d-1\",\"says\":\"hello\"}";
const TELLS: &str = r#"trigger:
  verify: { shared_secret: { in: header, name: x-acme-key, key: token } }
  id: ${{ delivery.body.id }}
  events:
    - { event: webhook.received, data: { type: null, body: { says: "${{ delivery.body.says }}" } } }
"#;

#[test]
fn a_delivery_is_shown_as_it_would_be_received() {
    let folder = folder("https://mail.acme.example").with("webhook.http", WEBHOOK);
    let folder = folder.with("providers/acme.yaml", &format!("{ACME}{TELLS}"));
    let folder = folder.with("other.http", &WEBHOOK.replace("4711", "4712"));
    let tried = |file: &str| {
        let allowed = ["--allow-host", "mail.acme.example", "try", "provider", "acme"];
        let words = [&allowed[..], &["--connection", "letters", "--delivery", file]].concat();
        let secret = (SECRET.0, "h00k-of-acme-4711");
        folder.run_in(&words, &[secret], "").text()
    };
    expect![[r#"
        received: *, id d-1
        webhook.received {"body":{"says":"hello"},"type":null}
        exit 0
    "#]]
    .assert_eq(&tried("webhook.http"));
    expect![[r#"
        refused: signature_invalid: the signature does not fit
        exit 0
    "#]]
    .assert_eq(&tried("other.http"));
    expect![[r#"
        error: mail.yaml is no request: no empty line ends its head; it is `POST /`, headers, an empty line and the body
        exit 2
    "#]]
    .assert_eq(&tried("mail.yaml"));
}

#[tokio::test]
async fn nothing_is_sent_that_nobody_said_yes_to() {
    let (said, seen, _) = tried(Answer::status(201), &[]).await;
    expect![[r#"
        POST SERVICE/messages
        accept: application/json
        authorization: Bearer [acme]
        content-type: application/json

        {"to":"eve@shop.example","subject":"Order 1001","text":"Thank you"}

        error: nobody is there to be asked whether to send it: say so with --yes
        exit 2
    "#]]
    .assert_eq(&said.text());
    assert_eq!(seen.len(), 0);
}

#[tokio::test]
async fn what_is_refused_is_told_as_a_step_would_be() {
    let (said, _, _) = tried(Answer::text(503, "busy"), &["--yes", "--json"]).await;
    expect![[r#"
        {
          "answers": [
            {
              "status": 503,
              "body": "busy"
            }
          ],
          "outcome": "not now: Acme Mail answered 503",
          "saved": null
        }
        exit 0
    "#]]
    .assert_eq(&said.text());
}
