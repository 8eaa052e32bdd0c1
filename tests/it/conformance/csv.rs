//! CSV files. Page: <https://www.rfc-editor.org/rfc/rfc4180>

use super::accounts::settings;
use super::stage::{Stage, Subject, outcome};
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tradewind_engine::ports::Files;

const SUBJECT: Subject = Subject {
    action: "sheet.append_row",
    provider: "csv",
    settings: |url| settings("csv", url),
    input: || order("00123", json!({ "Name": "Ada, \"Countess\"", "Total": 57.5 })),
};

fn order(key: &str, row: Value) -> Value {
    json!({ "sheet": "Orders", "key": key, "row": row })
}

async fn stage_with(content: &str) -> Stage {
    let stage = Stage::new();
    stage.files.update("tables/Orders.csv", &mut |_| Some(content.into())).await.unwrap();
    stage
}

async fn append(stage: &Stage, input: Value) -> String {
    outcome(stage.perform_with(&SUBJECT, "", input).await)
}

fn table(stage: &Stage) -> String {
    let content = stage.files.content("tables/Orders.csv").unwrap_or_default();
    String::from_utf8(content).unwrap().replace('\r', "<CR>")
}

#[tokio::test]
async fn the_first_row_makes_the_file_and_the_others_follow_its_header() {
    let stage = Stage::new();
    expect![[r#"done: {"row_number":2,"appended":true}"#]]
        .assert_eq(&outcome(stage.perform(&SUBJECT, "").await));
    let second = order("124", json!({ "Total": -3, "Name": null }));
    expect![[r#"done: {"row_number":3,"appended":true}"#]]
        .assert_eq(&append(&stage, second.clone()).await);
    expect![[r#"done: {"row_number":3,"appended":false}"#]]
        .assert_eq(&append(&stage, second).await);
    expect![[r#"
        Key,Name,Total<CR>
        00123,"Ada, ""Countess""",57.5<CR>
        124,,-3<CR>
    "#]]
    .assert_eq(&table(&stage));
}

#[tokio::test]
async fn texts_that_look_like_formulas_stay_texts_and_numbers_stay_numbers() {
    let stage = stage_with("Key,A\n").await;
    let hostile =
        ["=HYPERLINK(\"x\")", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠1"];
    for (index, text) in hostile.into_iter().enumerate() {
        append(&stage, order(&index.to_string(), json!({ "A": text }))).await;
    }
    append(&stage, order("=1+1", json!({ "A": -1 }))).await;
    expect![[r#"done: {"row_number":12,"appended":false}"#]]
        .assert_eq(&append(&stage, order("=1+1", json!({ "A": -1 }))).await);
    expect![[r#"
        Key,A
        0,"'=HYPERLINK(""x"")"
        1,'+1
        2,'-1
        3,'@SUM(A1)
        4,'	'=1
        5,"'<CR>'=1"
        6,'＝1
        7,'＋1
        8,'－1
        9,'＠1
        '=1+1,-1
    "#]]
    .assert_eq(&table(&stage));
}

/// Programs that read `;` or tabs as separators, or begin anew after a line break in the middle of a cell,
/// see a cell there.
#[tokio::test]
async fn formulas_further_on_in_a_cell_stay_texts_too() {
    let stage = stage_with("Key,A\n").await;
    let hostile = [
        "x;=1",
        "x;;@1",
        "x\t=1",
        "x\n=1",
        "x\r\n=1",
        "x\r=1",
        "  =1",
        "x; =1",
        "\u{a0}=1",
        "\"=1",
        "x;\"=1",
        "x;＝1",
        "x;\u{feff}=1",
    ];
    for (index, text) in hostile.into_iter().enumerate() {
        append(&stage, order(&index.to_string(), json!({ "A": text }))).await;
    }
    append(&stage, order("a;=1+1", json!({ "A": "5; 6-7, a=b\nc" }))).await;
    append(&stage, order("a;=1+1", json!({ "A": "again" }))).await;
    expect![[r#"
        Key,A
        0,x;'=1
        1,x;;'@1
        2,x	'=1
        3,"x
        '=1"
        4,"x<CR>
        '=1"
        5,"x<CR>'=1"
        6,'  =1
        7,x;' =1
        8,' =1
        9,"'""=1"
        10,"x;'""=1"
        11,x;'＝1
        12,x;'﻿=1
        a;'=1+1,"5; 6-7, a=b
        c"
    "#]]
    .assert_eq(&table(&stage));
}

#[tokio::test]
async fn a_columns_name_is_no_formula_either() {
    let stage = Stage::new();
    let row = || json!({ "=1+1": "a", "x;@SUM(A1)": "b", "Plain": "c" });
    expect![[r#"done: {"row_number":2,"appended":true}"#]]
        .assert_eq(&append(&stage, order("1", row())).await);
    expect![[r#"done: {"row_number":3,"appended":true}"#]]
        .assert_eq(&append(&stage, order("2", row())).await);
    expect![[r#"
        Key,'=1+1,x;'@SUM(A1),Plain<CR>
        1,a,b,c<CR>
        2,a,b,c<CR>
    "#]]
    .assert_eq(&table(&stage));
}

#[tokio::test]
async fn columns_with_odd_names_that_were_written_before_are_still_found() {
    let stage = stage_with("Key,=1+1\n1,a\n").await;
    expect![[r#"done: {"row_number":3,"appended":true}"#]]
        .assert_eq(&append(&stage, order("2", json!({ "=1+1": "b" }))).await);
}

#[tokio::test]
async fn a_key_is_found_as_it_was_written_before() {
    // Earlier versions guarded only the beginning of a cell.
    for (written, key) in [("'=x;=y", "=x;=y"), ("a;=y", "a;=y"), ("'=x", "=x")] {
        let stage = stage_with(&format!("Key,A\n{written},1\n")).await;
        let appended = append(&stage, order(key, json!({ "A": 2 }))).await;
        assert_eq!(appended, r#"done: {"row_number":2,"appended":false}"#, "{key}");
    }
}

#[tokio::test]
async fn what_others_wrote_is_kept_byte_for_byte() {
    let stage = stage_with("\u{feff}\"Key\",Total,Note\n\"1\",  5,\"two\nlines\"\n7,1,last").await;
    append(&stage, order("8", json!({ "Note": "é" }))).await;
    expect![[r#"
        ﻿"Key",Total,Note
        "1",  5,"two
        lines"
        7,1,last
        8,,é
    "#]]
    .assert_eq(&table(&stage));
}

async fn check_refused(content: &str, input: Value, expected: Expect) {
    let stage = stage_with(content).await;
    expected.assert_eq(&append(&stage, input).await);
    assert_eq!(table(&stage), content);
}

#[tokio::test]
async fn a_header_that_does_not_fit_stops_the_step() {
    let input = || order("1", json!({ "Total": 1 }));
    check_refused(
        "Key,Sum\n",
        input(),
        expect!["refused: column_unknown: Total: is not in the header of sheet Orders"],
    )
    .await;
    check_refused(
        "Number,Total\n",
        input(),
        expect![
            "refused: column_missing: Key: the key column is not in the header of sheet Orders"
        ],
    )
    .await;
    check_refused(
        "Key,Total,Total\n",
        input(),
        expect!["refused: column_ambiguous: Total: stands twice in the header of sheet Orders"],
    )
    .await;
    check_refused(
        "Key;Total\n",
        input(),
        expect![
            "refused: column_missing: Key: the key column is not in the header of sheet Orders"
        ],
    )
    .await;
    check_refused(
        "Key,Total\n",
        order("1", json!({ "Total": [1] })),
        expect!["refused: cell_not_plain: Total"],
    )
    .await;
}

#[tokio::test]
async fn a_sheets_name_never_leads_out_of_its_folder() {
    let stage = Stage::new();
    for sheet in ["../secret", "a/b", "..", "a\\b", "C:x", ".hidden", "a\u{0}b", " "] {
        let input = json!({ "sheet": sheet, "key": "1", "row": {} });
        let found = append(&stage, input).await;
        assert!(found.starts_with("refused: "), "{sheet:?}: {found}");
    }
}

#[tokio::test]
async fn a_path_that_leaves_the_project_folder_needs_repair() {
    let outside = Subject { settings: |_| json!({ "path": "../tables" }), ..SUBJECT };
    expect!["needs repair: ../tables/Orders.csv leaves the project folder"]
        .assert_eq(&outcome(Stage::new().perform(&outside, "").await));
}

#[tokio::test]
async fn a_path_may_be_one_file() {
    let one = Subject { settings: |_| json!({ "path": "./all.csv" }), ..SUBJECT };
    let stage = Stage::new();
    stage.perform(&one, "").await.unwrap();
    assert!(stage.files.content("all.csv").is_some());
}
