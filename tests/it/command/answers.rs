//! What the command makes of the answers of a process.

use super::process::{RUN, said};
use crate::fakes::Answer;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

fn summary(state: &str) -> Value {
    json!({
        "id": RUN, "workflow": "mail/thanks", "version": 2, "event": "evt_1", "connection": "shop",
        "key": "a1", "generation": 0, "test": false, "state": state, "taken_up": 1,
        "failure": { "step": "thank", "reason": "no answer: reset", "attempts": 1,
            "kind": "unknown_outcome" },
        "created_at": "2026-11-23T12:00:00.123Z", "ended_at": "2026-11-23T12:00:01Z",
        "redacted_at": null,
    })
}

fn detail() -> Value {
    let step = |path: &str, state: &str, output: Value| {
        json!({
            "path": path, "name": null, "action": "email.send", "connection": "mail",
            "provider": "sendgrid", "class": "neither", "state": state, "attempts": 1, "asked": 0,
            "claimed_at": "2026-11-23T12:00:00Z", "next_at": null, "ended_at": null,
            "reason": null, "tried": [], "output": output,
        })
    };
    let mut parked = step("thank", "parked", Value::Null);
    parked["tried"] =
        json!([{ "at": "2026-11-23T12:00:01Z", "reason": "no answer:\n\u{1b}[31mreset" }]);
    json!({
        "run": summary("parked"), "trigger": {}, "can": ["resolve"],
        "steps": [step("first", "done", json!({ "message_id": "m1", "n": [1, true] })), parked],
        "hint": "Find out whether it happened, then resolve.",
    })
}

async fn check(answer: Answer, arguments: &[&str], expected: Expect) {
    expected.assert_eq(&said([answer], arguments).await.0);
}

fn refusal(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, json!({ "error": { "code": code, "message": message } }))
}

#[tokio::test]
async fn runs_are_a_table() {
    let list = json!({ "runs": [summary("parked"), summary("active")], "next": RUN });
    check(
        Answer::json(200, list),
        &["runs"],
        expect![[r#"
        STATE   RUN                           WORKFLOW     STARTED
        parked  run_0123456789abcdef01234567  mail/thanks  2026-11-23T12:00:00Z
          key a1; thank: no answer: reset
        active  run_0123456789abcdef01234567  mail/thanks  2026-11-23T12:00:00Z
          key a1; thank: no answer: reset
        there are more: --before run_0123456789abcdef01234567
        exit 0
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_run_is_shown_step_by_step() {
    check(
        Answer::json(200, detail()),
        &["run", RUN],
        expect![[r#"
            Run       run_0123456789abcdef01234567
            State     parked
            Why       step thank: no answer: reset
            Workflow  mail/thanks, version 2
            Event     evt_1 through shop
            Key       a1
            Taken up  once by a person
            Started   2026-11-23T12:00:00Z
            Ended     2026-11-23T12:00:01Z

            STATE   STEP   DOES                 TRIES  NEXT  GAVE
            done    first  email.send via mail  1            message_id: m1, n[0]: 1, n[1]: yes
            parked  thank  email.send via mail  1

            thank
              2026-11-23T12:00:01Z  no answer: \u{1b}[31mreset

            Next: Find out whether it happened, then resolve.
            exit 0
        "#]],
    )
    .await;
}

#[tokio::test]
async fn the_beginning_of_an_id_is_enough() {
    let list = Answer::json(200, json!({ "runs": [summary("parked")], "next": null }));
    let answers = [list, Answer::json(200, detail())];
    let (text, transcript) = said(answers, &["resolve", "0123", "thank", "--happened"]).await;
    assert!(text.contains(&format!("Run       {RUN}\n")), "{text}");
    assert!(transcript.contains(&format!("POST /api/runs/{RUN}/resolve")), "{transcript}");
    let list = Answer::json(200, json!({ "runs": [], "next": null }));
    check(
        list,
        &["run", "77"],
        expect![[r#"
        error: no run begins with 77
        exit 5
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_workflow_in_a_folder_is_one_segment_of_the_path() {
    let (text, transcript) = said([Answer::json(200, json!({}))], &["pause", "mail/thanks"]).await;
    assert!(text.starts_with("mail/thanks is paused"), "{text}");
    assert!(transcript.contains("POST /api/workflows/mail%2Fthanks/pause"), "{transcript}");
}

#[tokio::test]
async fn what_the_process_refuses_ends_as_the_exit_code_says() {
    let wrong_token = refusal(401, "unauthorized", "no");
    check(
        wrong_token,
        &["runs"],
        expect![[r#"
            error: URL refused the token: with --url, give the right one with --token or TRADEWIND_TOKEN
            exit 1
        "#]],
    )
    .await;
    let missing = refusal(404, "not_found", "there is no run of that id");
    check(
        missing,
        &["replay", RUN],
        expect![[r#"
        error: there is no run of that id
        exit 5
    "#]],
    )
    .await;
    let active = refusal(409, "run_active", "the run is being worked on");
    check(
        active.clone(),
        &["replay", RUN],
        expect![[r#"
        error: the run is being worked on
        exit 1
    "#]],
    )
    .await;
    check(
        active,
        &["replay", RUN, "--json"],
        expect![[r#"
        {
          "error": {
            "code": "run_active",
            "message": "the run is being worked on"
          }
        }
        exit 1
    "#]],
    )
    .await;
    let page = Answer::text(502, "<html>");
    check(
        page,
        &["runs"],
        expect![[r#"
            error: URL gave an answer that this tradewind cannot read: status 502, and no JSON
            exit 1
        "#]],
    )
    .await;
    let (text, _) = said([Answer::Resets], &["cancel", RUN]).await;
    assert!(text.starts_with("error: URL gave no answer: "), "{text}");
    assert!(text.ends_with("; what was asked for may have been done\nexit 4\n"), "{text}");
}

#[tokio::test]
async fn apply_sends_the_folder_and_shows_the_problems_that_come_back() {
    let problem = json!({ "file": "tradewind.yaml", "line": 2, "column": 3,
        "code": "unknown_key", "message": "no such setting", "help": "did you mean `x`?" });
    let body = json!({ "error": { "code": "project_invalid", "message": "1 problem",
        "problems": [problem] } });
    check(
        Answer::json(422, body),
        &["apply"],
        expect![[r#"
        tradewind.yaml:2:3: unknown_key: no such setting
            help: did you mean `x`?
        1 problem
        exit 3
    "#]],
    )
    .await;
    let applied = json!({ "revision": 7, "changed": [{ "id": "a", "version": 1 }],
        "unchanged": ["b"], "removed": ["c"] });
    check(
        Answer::json(200, applied),
        &["apply"],
        expect![[r#"
                   WORKFLOW  VERSION
        new        a         1
        unchanged  b
        removed    c
        revision 7 holds now
        exit 0
    "#]],
    )
    .await;
}
