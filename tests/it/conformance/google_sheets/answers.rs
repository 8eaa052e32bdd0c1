//! What is made of an answer, at each of the calls.

use super::{SUBJECT, before, header, token};
use crate::conformance::trouble::{check_answers, check_trouble};
use crate::fakes::Answer;
use expect_test::expect;
use serde_json::json;

fn error(status: u16, name: &str, message: &str) -> Answer {
    let error = json!({ "code": status, "message": message, "status": name });
    Answer::json(status, json!({ "error": error }))
}

fn errors() -> [Answer; 7] {
    [
        error(400, "INVALID_ARGUMENT", "Unable to parse range: Orders!A1"),
        error(403, "PERMISSION_DENIED", "The caller does not have permission"),
        error(404, "NOT_FOUND", "Requested entity was not found."),
        error(429, "RESOURCE_EXHAUSTED", "Quota exceeded").header("retry-after", "30"),
        error(500, "INTERNAL", "Internal error encountered."),
        error(503, "UNAVAILABLE", "The service is currently unavailable."),
        error(504, "DEADLINE_EXCEEDED", "Deadline exceeded"),
    ]
}

#[tokio::test]
async fn every_answer_to_the_append_is_judged() {
    check_answers(&SUBJECT, &before(), errors(), expect![[r#"
        refused: Google Sheets answered 400: Unable to parse range: Orders!A1
        needs repair: Google Sheets answered 403: The caller does not have permission (is the spreadsheet shared with books@example.iam.gserviceaccount.com?)
        refused: Google Sheets answered 404: Requested entity was not found.
        not now, in 30 s: Google Sheets answered 429: Quota exceeded
        not now: Google Sheets answered 500: Internal error encountered.
        not now: Google Sheets answered 503: The service is currently unavailable.
        unknown: Google Sheets answered 504: Deadline exceeded
    "#]]).await;
}

#[tokio::test]
async fn trouble_while_appending_may_mean_that_the_row_is_there() {
    check_trouble(
        &SUBJECT,
        &before(),
        expect![[r#"
            reset after read: unknown: no answer
            cut body: unknown: no answer
            slow body: unknown: no answer
            redirect: needs repair: redirect_blocked: Google Sheets answered 307, and redirects are not followed; correct the connection's address
            oversize: unknown: the answer is longer than 5 MB (status 200 OK)
            gateway: unknown: Google Sheets answered 502
            nobody there: not now: could not connect
        "#]],
    )
    .await;
}

#[tokio::test]
async fn every_answer_to_a_read_is_judged() {
    check_answers(&SUBJECT, &[token("token-1")], errors(), expect![[r#"
        refused: Google Sheets answered 400: Unable to parse range: Orders!A1
        needs repair: Google Sheets answered 403: The caller does not have permission (is the spreadsheet shared with books@example.iam.gserviceaccount.com?)
        refused: Google Sheets answered 404: Requested entity was not found.
        not now, in 30 s: Google Sheets answered 429: Quota exceeded
        not now: Google Sheets answered 500: Internal error encountered.
        not now: Google Sheets answered 503: The service is currently unavailable.
        not now: Google Sheets answered 504: Deadline exceeded
    "#]]).await;
}

#[tokio::test]
async fn trouble_while_reading_means_that_nothing_was_written() {
    check_trouble(
        &SUBJECT,
        &[token("token-1"), header()],
        expect![[r#"
            reset after read: not now: no answer
            cut body: not now: no answer
            slow body: not now: no answer
            redirect: needs repair: redirect_blocked: Google Sheets answered 307, and redirects are not followed; correct the connection's address
            oversize: refused: sheet_too_long: the sheet has more keys than can be read (5 MB); begin a new one
            gateway: not now: Google Sheets answered 502
            nobody there: not now: could not connect
        "#]],
    )
    .await;
}

#[tokio::test]
async fn without_a_token_nothing_is_written() {
    let refused = json!({ "error": "invalid_grant", "error_description": "account not found" });
    let answers = [
        Answer::json(400, refused),
        Answer::status(401),
        Answer::status(429).header("retry-after", "5"),
        Answer::status(504),
        Answer::text(200, "hello"),
    ];
    check_answers(
        &SUBJECT,
        &[],
        answers,
        expect![[r#"
        needs repair: Google's token endpoint answered 400
        needs repair: Google's token endpoint answered 401
        not now, in 5 s: Google's token endpoint answered 429
        not now: Google's token endpoint answered 504
        not now: Google's token endpoint answered without a token
    "#]],
    )
    .await;
    check_trouble(
        &SUBJECT,
        &[],
        expect![[r#"
            reset after read: not now: no answer
            cut body: not now: no answer
            slow body: not now: no answer
            redirect: needs repair: redirect_blocked: Google's token endpoint answered 307, and redirects are not followed; correct the connection's address
            oversize: not now: the answer is longer than 5 MB (status 200 OK)
            gateway: not now: Google's token endpoint answered 502
            nobody there: not now: could not connect
        "#]],
    )
    .await;
}
