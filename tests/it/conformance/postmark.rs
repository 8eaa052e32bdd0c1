//! Postmark. Page: <https://postmarkapp.com/developer/api/email-api>

use super::accounts::settings;
use super::stage::{Stage, Subject, attempt, outcome};
use super::trouble::{check_answers, check_trouble};
use crate::fakes::{Answer, FakeServer};
use expect_test::expect;
use serde_json::{Value, json};

const SUBJECT: Subject = Subject {
    action: "email.send",
    provider: "postmark",
    settings: |url| settings("postmark", url),
    input: || {
        json!({
            "to": "ada@example.com",
            "subject": "Your order 1001",
            "html": "<p>Thank you</p>",
            "text": "Thank you",
            "reply_to": "help@example.com",
        })
    },
};

fn sent() -> Value {
    json!({
        "To": "ada@example.com",
        "SubmittedAt": "2026-11-23T12:00:00Z",
        "MessageID": "0a129aee-e1cd-480d-b08d-4f48548ff48d",
        "ErrorCode": 0,
        "Message": "OK",
    })
}

#[tokio::test]
async fn a_mail_is_sent_exactly_as_the_vendor_wants_it() {
    for subject in [SUBJECT] {
        let server = FakeServer::scripted([Answer::json(200, sent())]).await;
        expect![[r#"done: {"message_id":"0a129aee-e1cd-480d-b08d-4f48548ff48d"}"#]]
            .assert_eq(&attempt(&subject, &server).await);
        expect![[r#"
        POST /email
        accept: application/json
        content-length: 227
        content-type: application/json
        host: SERVER
        x-postmark-server-token: token-1

        {"From":"shop@example.com","To":"ada@example.com","Subject":"Your order 1001","MessageStream":"outbound","Metadata":{"run_step":"run-1:confirm"},"TextBody":"Thank you","HtmlBody":"<p>Thank you</p>","ReplyTo":"help@example.com"}
    "#]].assert_eq(&server.transcript());
    }
}

#[tokio::test]
async fn marketing_goes_through_its_own_stream() {
    for subject in [SUBJECT] {
        let server = FakeServer::scripted([Answer::json(200, sent())]).await;
        let broadcast = Subject {
            settings: |url| {
                json!({
                    "server_token": "token-1",
                    "from": "shop@example.com",
                    "message_stream": "broadcast",
                    "base_url": url,
                })
            },
            ..subject
        };
        attempt(&broadcast, &server).await;
        let body: Value = serde_json::from_slice(&server.seen()[0].body).unwrap();
        assert_eq!(body["MessageStream"], "broadcast");
    }
}

#[tokio::test]
async fn every_answer_is_judged_by_its_error_code_first() {
    for subject in [SUBJECT] {
        let error = |status, code, message| {
            Answer::json(status, json!({ "ErrorCode": code, "Message": message }))
        };
        check_answers(
        &subject,
        &[],
        [
            error(200, 406, "You tried to send to a recipient that has been marked as inactive."),
            error(200, 300, "Invalid email request"),
            error(422, 406, "You tried to send to a recipient that has been marked as inactive."),
            error(422, 300, "Invalid 'To' address"),
            error(422, 401, "The 'From' address you supplied is not a confirmed Sender Signature."),
            error(401, 10, "No Account or Server API tokens were supplied"),
            Answer::status(404),
            error(429, 429, "Rate limit exceeded").header("retry-after", "3"),
            Answer::status(500),
            Answer::status(503),
            Answer::status(504),
            Answer::text(200, "OK"),
            error(422, 10, "the token token-1 is wrong"),
        ],
        expect![[r#"
            refused: the recipient is inactive at Postmark (it bounced, complained or unsubscribed): You tried to send to a recipient that has been marked as inactive.
            refused: Postmark answered 200 with error 300: Invalid email request
            refused: the recipient is inactive at Postmark (it bounced, complained or unsubscribed): You tried to send to a recipient that has been marked as inactive.
            refused: Postmark answered 422 with error 300: Invalid 'To' address
            needs repair: Postmark answered 422 with error 401: The 'From' address you supplied is not a confirmed Sender Signature.
            needs repair: Postmark answered 401 with error 10: No Account or Server API tokens were supplied
            refused: Postmark answered 404
            not now, in 3 s: Postmark answered 429 with error 429: Rate limit exceeded
            not now: Postmark answered 500
            not now: Postmark answered 503
            unknown: Postmark answered 504
            unknown: Postmark answered 200
            needs repair: Postmark answered 422 with error 10: the token [secret] is wrong
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
            redirect: needs repair: redirect_blocked: Postmark answered 307, and redirects are not followed; correct the connection's address
            oversize: unknown: the answer is longer than 5 MB (status 200 OK)
            gateway: unknown: Postmark answered 502
            nobody there: not now: could not connect
        "#]],
    )
    .await;
    }
}

#[tokio::test]
async fn a_token_that_cannot_stand_in_a_header_needs_repair() {
    for subject in [SUBJECT] {
        let server = FakeServer::scripted([]).await;
        let broken = Subject {
            settings: |url| json!({ "server_token": "a\r\nb", "from": "a@b", "base_url": url }),
            ..subject
        };
        let found = outcome(Stage::new().perform(&broken, &server.url).await);
        expect!["needs repair: setting_invalid: server_token cannot stand in a header"]
            .assert_eq(&found);
        assert!(server.seen().is_empty());
    }
}
