//! What is sent, and where a row goes.

use super::{SUBJECT, appended, before, header, keys, row, server, token};
use crate::conformance::stage::{KEY, Stage, Subject, attempt, implementation, outcome};
use crate::fakes::Answer;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tradewind_engine::ports::BODY_BYTES_MAX;

#[tokio::test]
async fn a_row_is_looked_up_by_its_key_and_appended_as_it_is() {
    let server = server(before().into_iter().chain([appended()])).await;
    expect![[r#"done: {"row_number":4,"appended":true}"#]]
        .assert_eq(&attempt(&SUBJECT, &server).await);
    let transcript = server.transcript();
    let (assertion, rest) =
        transcript.split_once("\n\n").and_then(|(_, rest)| rest.split_once('\n')).unwrap();
    assert!(assertion.starts_with(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey"
    ));
    expect![[r#"

        GET /v4/spreadsheets/sheet-1/values/Orders%211%3A1?majorDimension=ROWS
        accept: application/json
        authorization: Bearer token-1
        host: SERVER



        GET /v4/spreadsheets/sheet-1/values/Orders%21B%3AB?majorDimension=COLUMNS
        accept: application/json
        authorization: Bearer token-1
        host: SERVER



        POST /v4/spreadsheets/sheet-1/values/Orders%21A1:append?valueInputOption=RAW&insertDataOption=INSERT_ROWS
        accept: application/json
        authorization: Bearer token-1
        content-length: 81
        content-type: application/json
        host: SERVER

        {"majorDimension":"ROWS","values":[["=HYPERLINK(\"x\")","00123",null,57.5,true]]}
    "#]].assert_eq(rest);
}

#[tokio::test]
async fn a_key_that_is_there_is_not_appended_again() {
    let there = row(json!(["Key", "00121", "00123"]));
    let server = server([token("token-1"), header(), there]).await;
    expect![[r#"done: {"row_number":3,"appended":false}"#]]
        .assert_eq(&attempt(&SUBJECT, &server).await);
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn the_key_column_and_the_tab_may_have_any_name() {
    let subject = Subject {
        settings: |url| {
            let mut settings = (SUBJECT.settings)(url);
            settings["key_column"] = json!("Order number");
            settings["service_account"] =
                serde_json::from_str(include_str!("service_account.json")).unwrap();
            settings
        },
        input: || json!({ "sheet": "It's 2026/27", "key": "7", "row": {} }),
        ..SUBJECT
    };
    let server = server([token("t"), row(json!(["A", "Order number"])), keys(), appended()]).await;
    attempt(&subject, &server).await;
    let targets: Vec<String> = server.seen().into_iter().map(|seen| seen.target).collect();
    expect![[r#"
        /token
        /v4/spreadsheets/sheet-1/values/%27It%27%27s%202026%2F27%27%211%3A1?majorDimension=ROWS
        /v4/spreadsheets/sheet-1/values/%27It%27%27s%202026%2F27%27%21B%3AB?majorDimension=COLUMNS
        /v4/spreadsheets/sheet-1/values/%27It%27%27s%202026%2F27%27%21A1:append?valueInputOption=RAW&insertDataOption=INSERT_ROWS"#]].assert_eq(&targets.join("\n"));
}

async fn check_header(names: Value, expected: Expect) {
    let server = server([token("token-1"), row(names)]).await;
    expected.assert_eq(&attempt(&SUBJECT, &server).await);
    assert_eq!(server.seen().len(), 2, "nothing was written");
}

#[tokio::test]
async fn a_header_that_was_changed_stops_the_step_instead_of_shifting_columns() {
    check_header(
        json!(["Name", "Key", "Note", "Sum", "Paid"]),
        expect!["refused: column_unknown: Total: is not in the header of sheet Orders"],
    )
    .await;
    check_header(
        json!(["Name", "Note", "Total", "Paid"]),
        expect![
            "refused: column_missing: Key: the key column is not in the header of sheet Orders"
        ],
    )
    .await;
    check_header(
        json!(["Name", "Key", "Note", "Total", "Paid", "Note"]),
        expect!["refused: column_ambiguous: Note: stands twice in the header of sheet Orders"],
    )
    .await;
    check_header(
        json!(["", "Name", "Key", "Note", "Total", "Paid"]),
        expect![
            "refused: column_missing: A: the header of sheet Orders has to begin in its first cell"
        ],
    )
    .await;
    check_header(
        json!([]),
        expect![
            "refused: column_missing: A: the header of sheet Orders has to begin in its first cell"
        ],
    )
    .await;
}

async fn check_asked(column: Answer, expected: Expect) {
    let server = server([token("token-1"), header(), column]).await;
    let stage = Stage::new();
    let connection = stage.connection(&SUBJECT, &server.url);
    let cx = stage.cx(&connection, KEY);
    let asked = implementation(&SUBJECT).asked(&cx, (SUBJECT.input)()).await;
    expected.assert_eq(&format!("{asked:?}"));
}

#[tokio::test]
async fn after_a_lost_answer_the_sheet_says_whether_the_row_is_there() {
    check_asked(
        row(json!(["Key", "00123"])),
        expect![[r#"Ok(Happened(Object {"row_number": Number(2), "appended": Bool(true)}))"#]],
    )
    .await;
    check_asked(row(json!(["Key", "123"])), expect!["Ok(DidNot)"]).await;
}

#[tokio::test]
async fn a_question_that_is_not_answered_is_asked_again_later() {
    check_asked(
        Answer::status(429).header("retry-after", "7"),
        expect![[r#"Err(NotNow { reason: "Google Sheets answered 429", wait: Some(7s) })"#]],
    )
    .await;
    check_asked(
        Answer::status(503),
        expect![[r#"Err(NotNow { reason: "Google Sheets answered 503", wait: None })"#]],
    )
    .await;
}

#[tokio::test]
async fn a_sheet_whose_keys_cannot_be_read_any_more_is_refused() {
    let server = server([
        token("token-1"),
        header(),
        Answer::status(200).body(vec![b' '; BODY_BYTES_MAX + 1]),
    ])
    .await;
    expect![
        "refused: sheet_too_long: the sheet has more keys than can be read (5 MB); begin a new one"
    ]
    .assert_eq(&attempt(&SUBJECT, &server).await);
    assert_eq!(server.seen().len(), 3, "nothing was written");
}

#[tokio::test]
async fn values_that_a_cell_cannot_hold_are_refused_before_anything_is_sent() {
    let server = server([]).await;
    let mut lines = Vec::new();
    for cell in [json!([1]), json!({ "a": 1 }), json!("a\u{0}"), json!(12_345_678_901_234_567_i64)]
    {
        let input = json!({ "sheet": "Orders", "key": "1", "row": { "Total": cell } });
        lines.push(outcome(Stage::new().perform_with(&SUBJECT, &server.url, input).await));
    }
    expect![[r#"
        refused: cell_not_plain: Total
        refused: cell_not_plain: Total
        refused: control_character: Total
        refused: number_out_of_range: Total"#]]
    .assert_eq(&lines.join("\n"));
    assert!(server.seen().is_empty());
}
