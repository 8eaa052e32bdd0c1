//! SendGrid. Page: <https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send>

use super::accounts::settings;
use super::stage::{Stage, Subject, attempt, outcome};
use super::trouble::{check_answers, check_trouble};
use crate::fakes::{Answer, FakeServer};
use expect_test::expect;
use serde_json::json;

const SUBJECT: Subject = Subject {
    action: "email.send",
    provider: "sendgrid",
    settings: |url| settings("sendgrid", url),
    input: || {
        json!({
            "to": "ada@example.com",
            "subject": "Your order 1001 – grazie",
            "html": "<p>Thank you</p>",
            "text": "Thank you",
        })
    },
};

fn accepted() -> Answer {
    Answer::status(202).header("x-message-id", "abc123")
}

#[tokio::test]
async fn a_mail_is_sent_exactly_as_the_vendor_wants_it() {
    for subject in [SUBJECT] {
        let server = FakeServer::scripted([accepted()]).await;
        expect![[r#"done: {"message_id":"abc123"}"#]].assert_eq(&attempt(&subject, &server).await);
        expect![[r#"
        POST /v3/mail/send
        accept: application/json
        authorization: Bearer SG.secret
        content-length: 279
        content-type: application/json
        host: SERVER

        {"personalizations":[{"to":[{"email":"ada@example.com"}],"custom_args":{"run_step":"run-1:confirm"}}],"from":{"email":"shop@example.com"},"subject":"Your order 1001 – grazie","content":[{"type":"text/plain","value":"Thank you"},{"type":"text/html","value":"<p>Thank you</p>"}]}
    "#]].assert_eq(&server.transcript());
    }
}

#[tokio::test]
async fn what_is_left_out_is_not_sent_and_the_step_may_name_the_sender() {
    for subject in [SUBJECT] {
        let server = FakeServer::scripted([accepted()]).await;
        let input = json!({
            "to": "ada@example.com",
            "subject": "Hello",
            "text": "Hello",
            "from": "orders@example.com",
            "reply_to": "help@example.com",
        });
        Stage::new().perform_with(&subject, &server.url, input).await.unwrap();
        expect![[r#"{"personalizations":[{"to":[{"email":"ada@example.com"}],"custom_args":{"run_step":"run-1:confirm"}}],"from":{"email":"orders@example.com"},"subject":"Hello","content":[{"type":"text/plain","value":"Hello"}],"reply_to":{"email":"help@example.com"}}"#]].assert_eq(&String::from_utf8_lossy(&server.seen()[0].body));
    }
}

#[tokio::test]
async fn every_answer_is_judged() {
    for subject in [SUBJECT] {
        let error = |status, message, field| {
            Answer::json(status, json!({ "errors": [{ "message": message, "field": field }] }))
        };
        let limited = || error(429, "too many requests", json!(null));
        check_answers(
            &subject,
            &[],
            [
                Answer::status(202),
                Answer::status(200),
                error(400, "Does not contain a valid address.", json!("from.email")),
                error(401, "The provided authorization grant is invalid", json!(null)),
                error(403, "The from address does not match", json!("null")),
                error(413, "too large", json!(null)),
                limited().header("x-ratelimit-reset", "1795435245"),
                limited().header("retry-after", "7"),
                limited().header("x-ratelimit-reset", "99999999999999999999"),
                Answer::status(500),
                Answer::status(503).header("retry-after", "120"),
                Answer::status(504),
            ],
            expect![[r#"
            done: {"message_id":null}
            unknown: SendGrid answered 200
            refused: SendGrid answered 400: Does not contain a valid address. (from.email)
            needs repair: SendGrid answered 401: The provided authorization grant is invalid
            needs repair: SendGrid answered 403: The from address does not match
            refused: SendGrid answered 413: too large
            not now, in 45 s: SendGrid answered 429: too many requests
            not now, in 7 s: SendGrid answered 429: too many requests
            not now: SendGrid answered 429: too many requests
            not now: SendGrid answered 500
            not now, in 120 s: SendGrid answered 503
            unknown: SendGrid answered 504
        "#]],
        )
        .await;
    }
}

#[tokio::test]
async fn trouble_on_the_way_is_never_taken_for_a_refusal() {
    for subject in [SUBJECT] {
        check_trouble(
        &subject,
        &[],
        expect![[r#"
            reset after read: unknown: no answer
            cut body: unknown: no answer
            slow body: unknown: no answer
            redirect: needs repair: redirect_blocked: SendGrid answered 307, and redirects are not followed; correct the connection's address
            oversize: unknown: the answer is longer than 5 MB (status 200 OK)
            gateway: unknown: SendGrid answered 502
            nobody there: not now: could not connect
        "#]],
    )
    .await;
    }
}

#[tokio::test]
async fn bad_data_is_refused_before_anything_is_sent() {
    for subject in [SUBJECT] {
        let server = FakeServer::scripted([]).await;
        let inputs = [
            json!({ "to": "a@b, c@d", "subject": "s", "text": "t" }),
            json!({ "to": "a@b", "subject": "a\r\nBcc: x@y", "text": "t" }),
            json!({ "to": "a@b", "subject": "s", "text": "a\u{0}" }),
            json!({ "to": "a@b", "subject": "s" }),
            json!({ "to": "a@b", "subject": "s", "text": "t", "bcc": "x@y" }),
        ];
        let mut lines = Vec::new();
        for input in inputs {
            lines.push(outcome(Stage::new().perform_with(&subject, &server.url, input).await));
        }
        expect![[r#"
        refused: address_invalid: to
        refused: header_injection: subject
        refused: control_character: text
        refused: text_missing: html or text
        refused: input_invalid: unknown field `bcc`, expected one of `to`, `subject`, `html`, `text`, `from`, `reply_to`"#]].assert_eq(&lines.join("\n"));
        assert!(server.seen().is_empty());
    }
}
