//! `tradewind replay` for many runs.

use super::folder::Folder;
use super::process::said;
use crate::fakes::Answer;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

fn replay(state: &str, replayed: u64, refusals: &[(&str, &str)]) -> Answer {
    let refused = refusals.iter().map(|(run, reason)| json!({ "run": run, "reason": reason }));
    let refused: Vec<Value> = refused.collect();
    let body = json!({
        "id": "job_1", "state": state, "replayed": replayed, "refused": refused.len(),
        "runs": { "state": "failed", "force": false, "dry_run": false }, "refusals": refused,
        "created_at": "2026-11-23T12:00:00Z", "updated_at": "2026-11-23T12:00:01Z",
    });
    Answer::json(if state == "open" { 202 } else { 200 }, body)
}

async fn check(answers: Vec<Answer>, arguments: &[&str], expected: Expect) {
    expected.assert_eq(&said(answers, arguments).await.0);
}

#[tokio::test]
async fn a_replay_of_many_runs_is_followed_to_its_end() {
    let busy = Answer::json(503, json!({ "error": { "code": "unavailable", "message": "no" } }));
    let answers = vec![replay("open", 96, &[]), busy, replay("done", 120, &[])];
    check(
        answers,
        &["replay", "--state", "failed"],
        expect![[r#"
        job_1: 120 runs taken up again, 0 refused
        job_1: 96 runs taken up again, 0 refused; it goes on
        exit 0
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_refused_run_is_told_with_its_reason_and_exit_1() {
    let refused = || replay("done", 1, &[("run_7", "the run's data has been removed")]);
    check(
        vec![refused()],
        &["replay", "--workflow", "mail/thanks"],
        expect![[r#"
        job_1: 1 run taken up again, 1 refused

        RUN    WHY NOT
        run_7  the run's data has been removed
        error: 1 run could not be taken up again
        exit 1
    "#]],
    )
    .await;
    check(
        vec![refused()],
        &["replay", "--state", "failed", "--json"],
        expect![[r#"
        {
          "id": "job_1",
          "state": "done",
          "replayed": 1,
          "refused": 1,
          "runs": {
            "state": "failed",
            "force": false,
            "dry_run": false
          },
          "refusals": [
            {
              "run": "run_7",
              "reason": "the run's data has been removed"
            }
          ],
          "created_at": "2026-11-23T12:00:00Z",
          "updated_at": "2026-11-23T12:00:01Z"
        }
        exit 1
    "#]],
    )
    .await;
    check(vec![replay("full", 100_000, &[])], &["replay", "--state", "failed"], expect![[r#"
        job_1: 100000 runs taken up again, 0 refused; one replay takes no more: ask again for the rest
        exit 0
    "#]])
        .await;
}

#[tokio::test]
async fn without_waiting_the_command_returns_at_once() {
    let answers = vec![replay("open", 96, &[])];
    check(
        answers,
        &["replay", "--state", "parked", "--no-wait"],
        expect![[r#"
        job_1: 96 runs taken up again, 0 refused; it goes on
        exit 0
    "#]],
    )
    .await;
}

#[tokio::test]
async fn the_request_says_which_runs() {
    let arguments = [
        "replay",
        "--state",
        "parked",
        "--workflow",
        "mail/thanks",
        "--since",
        "2026-11-23T08:00:00Z",
        "--until",
        "2026-11-23T10:00:00+01:00",
        "--force",
        "--dry-run",
    ];
    let (_, asked) = said([replay("done", 2, &[])], &arguments).await;
    let (head, body) = asked.split_once("\n\n").unwrap();
    assert!(head.starts_with("POST /api/replays\n"), "{asked}");
    expect![[r#"
        {"workflow":"mail/thanks","state":"parked","since":"2026-11-23T08:00:00Z","until":"2026-11-23T09:00:00Z","force":true,"dry_run":true}
    "#]].assert_eq(body);
}

#[test]
fn one_run_or_many_have_to_be_named_and_not_both() {
    let folder = Folder::project();
    let wrong: [&[&str]; 6] = [
        &["replay"],
        &["replay", "--force"],
        &["replay", "--dry-run"],
        &["replay", "run_1", "--state", "failed"],
        &["replay", "--state", "succeeded"],
        &["replay", "--since", "yesterday"],
    ];
    for arguments in wrong {
        assert_eq!(folder.run(arguments).code, 2, "{arguments:?}");
    }
}
