//! What a provider's file can say and none of the catalog's files says yet, by files that are made up.

use super::stage::{KEY, Stage, connect, outcome};
use crate::fakes::{Answer, FakeServer};
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tradewind_connectors::action::{Action, Implementation};
use tradewind_connectors::catalog::catalog;
use tradewind_connectors::connection::Connection;
use tradewind_connectors::contracts::EmailSend;
use tradewind_connectors::described::Described;
use tradewind_engine::descriptions::{Description, check};
use tradewind_engine::effects::{Asked, EffectClass};

const HEAD: &str = "
format: 1
provider: acme
title: Acme
documentation: https://acme.example/api
settings:
  server_token: { secret: true, help: The token. }
  from: { type: address, help: The sender. }
  team: { type: segment, optional: true, help: The team. }
base_url: https://api.acme.example/v1
auth: { basic: [mailer, \"{server_token}\"] }
headers: { X-Version: \"7\" }
actions:
  email.send:
";

/// A key in a header, a form, a path with data in it, and what the input must be.
const KEYED: &str = "
    class: keyed
    proof: https://acme.example/api#keys
    key: { header: Idempotency-Key, form: uuid, window: 24h }
    needs: { if: \"${{ input.subject != 'nothing' }}\", else: subject_unknown }
    put: /mails/${{ input.to }}
    query: { dry: false, reply: \"${{ input.reply_to }}\" }
    form: { subject: \"${{ input.subject }}\", body: { text: \"${{ input.text }}\", html: \"${{ input.html }}\" }, tags: [a, b c] }
    success: { status: [200] }
    output: { message_id: \"${{ answer.body.id }}\" }
";

/// It is looked for before it is done.
const LOOKED_FOR: &str = "
    class: queryable
    proof: https://acme.example/api#search
    find:
      get: /mails
      query: { ref: \"${{ key }}\" }
      lag: 5s
      happened: ${{ answer.body.mails | length > 0 }}
      output: { message_id: \"${{ answer.body.mails[0].id }}\" }
    post: /mails
    json: { ref: \"${{ key }}\", to: \"${{ input.to }}\" }
    output: { message_id: \"${{ answer.body.id }}\" }
";

/// It is looked for in the way of vendors that take their searches by `POST`.
const SEARCHED_FOR: &str = "
    class: queryable
    proof: https://acme.example/api#search
    find:
      post: /search
      json: { filter: [ref, \"${{ key }}\"] }
      happened: ${{ answer.body.mails | length > 0 }}
      output: { message_id: \"${{ answer.body.mails[0].id }}\" }
    post: /mails
    json: { ref: \"${{ key }}\", to: \"${{ input.to }}\" }
    output: { message_id: \"${{ answer.body.id }}\" }
";

/// Two ways, of which the weaker class counts.
const TWO_WAYS: &str = "
    class: neither
    either:
      - if: ${{ input.html is none }}
        class: natural
        proof: https://acme.example/api#plain
        put: /plain
        json: { text: \"${{ input.text }}\" }
        output: { message_id: plain }
      - post: /rich
        json: { html: \"${{ input.html }}\" }
        output: { message_id: rich }
";

fn implementation(action: &str) -> Implementation {
    let description = Description::parse(&format!("{}{action}", HEAD.trim_start())).unwrap();
    assert_eq!(check(&description, &catalog()), []);
    Action::of::<EmailSend>().described(&Described::of(description)).unwrap()
}

fn mail() -> Value {
    json!({ "to": "ada@example.com", "subject": "Hello", "text": "a&b" })
}

fn account(url: &str) -> Connection {
    let settings = json!({ "server_token": "t0ken-1", "from": "a@b.example", "base_url": url });
    connect(catalog().provider("postmark").unwrap(), settings)
}

/// What becomes of an attempt, and what was sent.
async fn check_attempt(action: &str, input: Value, answers: Vec<Answer>, expected: Expect) {
    let server = FakeServer::scripted(answers).await;
    let stage = Stage::new();
    let connection = account(&server.url);
    let found = implementation(action).perform(&stage.cx(&connection, KEY), input).await;
    expected.assert_eq(&format!("{}\n{}", outcome(found), server.transcript()));
}

#[tokio::test]
async fn a_form_is_sent_with_its_key_and_its_path_encoded() {
    let answer = Answer::json(200, json!({ "id": "m1" }));
    check_attempt(
        KEYED,
        mail(),
        vec![answer],
        expect![[r#"
        done: {"message_id":"m1"}
        PUT /mails/ada%40example.com?dry=false
        accept: application/json
        authorization: Basic bWFpbGVyOnQwa2VuLTE=
        content-length: 66
        content-type: application/x-www-form-urlencoded
        host: SERVER
        idempotency-key: 7e5f37af-f7c4-86f3-8387-97ad784dc4d3
        x-version: 7

        subject=Hello&body%5Btext%5D=a%26b&tags%5B0%5D=a&tags%5B1%5D=b%20c
    "#]],
    )
    .await;
}

#[tokio::test]
async fn an_answer_that_is_not_the_declared_success_is_none() {
    for (answer, expected) in [
        (Answer::text(200, "<html>"), "unknown: Acme answered 200"),
        (Answer::json(200, json!({})), "done: {\"message_id\":null}"),
        (Answer::json(201, json!({ "id": "m1" })), "unknown: Acme answered 201"),
        (Answer::status(500), "unknown: Acme answered 500"),
        (
            Answer::json(200, json!({ "id": 7 })),
            "unknown: answer_invalid: invalid type: integer `7`, expected a string",
        ),
    ] {
        let server = FakeServer::scripted([answer]).await;
        let stage = Stage::new();
        let connection = account(&server.url);
        let found = implementation(KEYED).perform(&stage.cx(&connection, KEY), mail()).await;
        assert_eq!(outcome(found), expected);
    }
}

#[tokio::test]
async fn what_the_provider_cannot_do_is_refused_before_anything_is_sent() {
    let nothing = json!({ "to": "ada@example.com", "subject": "nothing", "text": "a" });
    check_attempt(
        KEYED,
        nothing,
        vec![],
        expect![[r#"
        refused: subject_unknown
    "#]],
    )
    .await;
}

#[tokio::test]
async fn what_happened_already_is_not_done_again() {
    let found = Answer::json(200, json!({ "mails": [{ "id": "m1" }] }));
    check_attempt(
        LOOKED_FOR,
        mail(),
        vec![found],
        expect![[r#"
        done: {"message_id":"m1"}
        GET /mails?ref=run-1%3Aconfirm
        accept: application/json
        authorization: Basic bWFpbGVyOnQwa2VuLTE=
        host: SERVER
        x-version: 7


    "#]],
    )
    .await;
    let none = Answer::json(200, json!({ "mails": [] }));
    let done = Answer::json(201, json!({ "id": "m2" }));
    check_attempt(
        LOOKED_FOR,
        mail(),
        vec![none, done],
        expect![[r#"
        done: {"message_id":"m2"}
        GET /mails?ref=run-1%3Aconfirm
        accept: application/json
        authorization: Basic bWFpbGVyOnQwa2VuLTE=
        host: SERVER
        x-version: 7



        POST /mails
        accept: application/json
        authorization: Basic bWFpbGVyOnQwa2VuLTE=
        content-length: 46
        content-type: application/json
        host: SERVER
        x-version: 7

        {"ref":"run-1:confirm","to":"ada@example.com"}
    "#]],
    )
    .await;
    check_attempt(
        LOOKED_FOR,
        mail(),
        vec![Answer::Resets],
        expect![[r#"
        not now: no answer
        GET /mails?ref=run-1%3Aconfirm
        accept: application/json
        authorization: Basic bWFpbGVyOnQwa2VuLTE=
        host: SERVER
        x-version: 7


    "#]],
    )
    .await;
    check_attempt(
        LOOKED_FOR,
        mail(),
        vec![Answer::text(200, "<html>")],
        expect![[r#"
        not now: Acme answered 200
        GET /mails?ref=run-1%3Aconfirm
        accept: application/json
        authorization: Basic bWFpbGVyOnQwa2VuLTE=
        host: SERVER
        x-version: 7


    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_search_by_post_changes_nothing() {
    for (answer, expected) in [
        (Answer::json(200, json!({ "mails": [{ "id": "m1" }] })), "done: {\"message_id\":\"m1\"}"),
        (Answer::Resets, "not now: no answer"),
        (Answer::status(502), "not now: Acme answered 502"),
    ] {
        let server = FakeServer::scripted(vec![answer]).await;
        let stage = Stage::new();
        let connection = account(&server.url);
        let found = implementation(SEARCHED_FOR).perform(&stage.cx(&connection, KEY), mail()).await;
        assert_eq!(outcome(found), expected);
        let sent = server.transcript();
        assert!(sent.starts_with("POST /search\n"), "{sent}");
        assert!(sent.contains("content-type: application/json\n"), "{sent}");
        assert!(sent.contains(r#"{"filter":["ref","run-1:confirm"]}"#), "{sent}");
        assert!(!sent.contains("/mails"), "{sent}");
    }
}

#[tokio::test]
async fn whoever_looks_for_it_is_asked_after_a_lost_answer() {
    let implementation = implementation(LOOKED_FOR);
    assert_eq!(implementation.class, EffectClass::Queryable);
    assert!(implementation.can_be_asked());
    let (found, none) = (json!({ "mails": [{ "id": "m1" }] }), json!({ "mails": [] }));
    for (answer, expected) in
        [(found, Asked::Happened(json!({ "message_id": "m1" }))), (none, Asked::DidNot)]
    {
        let server = FakeServer::scripted([Answer::json(200, answer)]).await;
        let (stage, connection) = (Stage::new(), account(&server.url));
        let asked = implementation.asked(&stage.cx(&connection, KEY), mail()).await;
        assert_eq!(asked, Ok(expected));
    }
}

#[tokio::test]
async fn the_first_way_that_fits_is_taken_and_judged_by_its_own_class() {
    check_attempt(
        TWO_WAYS,
        mail(),
        vec![Answer::status(502)],
        expect![[r#"
        not now: Acme answered 502
        PUT /plain
        accept: application/json
        authorization: Basic bWFpbGVyOnQwa2VuLTE=
        content-length: 14
        content-type: application/json
        host: SERVER
        x-version: 7

        {"text":"a&b"}
    "#]],
    )
    .await;
    let rich = json!({ "to": "ada@example.com", "subject": "Hello", "html": "<p>a</p>" });
    check_attempt(
        TWO_WAYS,
        rich,
        vec![Answer::status(502)],
        expect![[r#"
        unknown: Acme answered 502
        POST /rich
        accept: application/json
        authorization: Basic bWFpbGVyOnQwa2VuLTE=
        content-length: 19
        content-type: application/json
        host: SERVER
        x-version: 7

        {"html":"<p>a</p>"}
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_setting_that_is_missing_or_strange_needs_repair() {
    let provider = catalog().provider("postmark").unwrap().clone();
    for (settings, expected) in [
        (
            json!({ "from": "a@b.example" }),
            "needs repair: setting_invalid: connection account: missing field `server_token`",
        ),
        (
            json!({ "server_token": "t", "from": "nobody" }),
            "needs repair: setting_invalid: address_invalid: from",
        ),
        (
            json!({ "server_token": "t", "from": "a@b.example", "team": "../x" }),
            "needs repair: setting_invalid: segment_invalid: team",
        ),
    ] {
        let (stage, connection) = (Stage::new(), connect(&provider, settings));
        let found = implementation(KEYED).perform(&stage.cx(&connection, KEY), mail()).await;
        assert_eq!(outcome(found), expected);
    }
}
