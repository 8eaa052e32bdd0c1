//! Slack. Page: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>

use super::accounts::settings;
use super::stage::{Stage, Subject, attempt, outcome};
use super::trouble::{check_answers, check_trouble};
use crate::fakes::{Answer, FakeServer};
use expect_test::expect;
use serde_json::json;

const SUBJECT: Subject = Subject {
    action: "chat.post",
    provider: "slack",
    settings: |url| settings("slack", url),
    input: || json!({ "text": "Order <1001> failed & stopped <!channel>" }),
};

#[tokio::test]
async fn a_message_is_posted_escaped() {
    for subject in [SUBJECT] {
        let server = FakeServer::scripted([Answer::text(200, "ok")]).await;
        expect![[r#"done: {"message_id":null}"#]].assert_eq(&attempt(&subject, &server).await);
        expect![[r#"
        POST /services/T000/B000/s3cret
        accept: application/json
        content-length: 67
        content-type: application/json
        host: SERVER

        {"text":"Order &lt;1001&gt; failed &amp; stopped &lt;!channel&gt;"}
    "#]]
        .assert_eq(&server.transcript());
    }
}

#[tokio::test]
async fn every_answer_is_judged() {
    for subject in [SUBJECT] {
        check_answers(
            &subject,
            &[],
            [
                Answer::text(200, "<html>welcome</html>"),
                Answer::text(400, "invalid_payload"),
                Answer::text(403, "action_prohibited"),
                Answer::text(404, "no_service"),
                Answer::text(410, "channel_is_archived"),
                Answer::text(429, "").header("retry-after", "1"),
                Answer::status(500),
                Answer::status(503),
                Answer::text(400, "no such path: /services/T000/B000/s3cret"),
            ],
            expect![[r#"
            unknown: Slack answered 200
            refused: Slack answered 400: invalid_payload
            needs repair: Slack answered 403: action_prohibited
            needs repair: Slack answered 404: no_service
            needs repair: Slack answered 410: channel_is_archived
            not now, in 1 s: Slack answered 429
            not now: Slack answered 500
            not now: Slack answered 503
            refused: Slack answered 400
        "#]],
        )
        .await;
    }
}

#[tokio::test]
async fn trouble_on_the_way_may_mean_that_it_was_posted() {
    for subject in [SUBJECT] {
        check_trouble(
        &subject,
        &[],
        expect![[r#"
            reset after read: unknown: no answer
            cut body: unknown: no answer
            slow body: unknown: no answer
            redirect: needs repair: redirect_blocked: Slack answered 307, and redirects are not followed; correct the connection's address
            oversize: unknown: the answer is longer than 5 MB (status 200 OK)
            gateway: unknown: Slack answered 502
            nobody there: not now: could not connect
        "#]],
    )
    .await;
    }
}

#[tokio::test]
async fn the_address_is_a_secret_that_no_error_shows() {
    for subject in [SUBJECT] {
        let unreachable = Subject {
            settings: |_| json!({ "url": "http://127.0.0.1:1/services/T000/B000/s3cret" }),
            ..subject
        };
        let unreadable =
            Subject { settings: |_| json!({ "url": "hooks/T000/B000/s3cret" }), ..subject };
        for subject in [unreachable, unreadable] {
            let error = Stage::new().perform(&subject, "").await.unwrap_err();
            assert!(!format!("{error:?}").contains("s3cret"), "{error}");
        }
    }
}

#[tokio::test]
async fn bad_data_is_refused_before_anything_is_sent() {
    for subject in [SUBJECT] {
        let server = FakeServer::scripted([]).await;
        let mut lines = Vec::new();
        for input in [json!({ "text": " " }), json!({ "text": "a\u{0}" }), json!({ "txt": "a" })] {
            lines.push(outcome(Stage::new().perform_with(&subject, &server.url, input).await));
        }
        expect![[r#"
        refused: text_missing: text
        refused: control_character: text
        refused: input_invalid: unknown field `txt`, expected `text`"#]]
        .assert_eq(&lines.join("\n"));
        assert!(server.seen().is_empty());
    }
}
