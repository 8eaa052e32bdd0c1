//! How commands find the process that they talk to, and enter it.

use super::folder::Folder;
use crate::fakes::{Answer, FakeServer};
use expect_test::expect;
use serde_json::json;
use std::net::TcpListener;

pub(super) const RUN: &str = "run_0123456789abcdef01234567";

/// What the command says to a process that answers so.
pub(super) async fn said(
    answers: impl IntoIterator<Item = Answer>,
    arguments: &[&str],
) -> (String, String) {
    let server = FakeServer::scripted(answers).await;
    let folder = Folder::project().with_process(&server.url);
    let owned: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
    let said = tokio::task::spawn_blocking(move || {
        let arguments: Vec<&str> = owned.iter().map(String::as_str).collect();
        folder.run(&arguments).text()
    });
    let text = said.await.unwrap().replace(&server.url, "URL");
    (text, server.transcript())
}

#[test]
fn without_a_process_everything_that_needs_one_is_exit_4() {
    let folder = Folder::project();
    let commands: [&[&str]; 10] = [
        &["apply"],
        &["runs"],
        &["run", RUN],
        &["replay", RUN],
        &["cancel", RUN],
        &["pause", "thanks"],
        &["trigger", "order.placed"],
        &["dead-letters"],
        &["events"],
        &["outbox"],
    ];
    for arguments in commands {
        let said = folder.run(arguments).text();
        let expected = "error: no running Tradewind found for FOLDER: start one with `tradewind up`, or name another with --url\n\
            exit 4\n";
        assert_eq!(said, expected, "{arguments:?}");
    }
}

#[test]
fn a_process_that_was_killed_counts_as_none() {
    // Nobody listens there once the listener is gone.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{address}");
    let folder = Folder::project().with_process(&url);
    let said = folder.run(&["runs", "--json"]);
    expect![[r#"
        {
          "error": {
            "code": "no_process",
            "message": "no running Tradewind found for FOLDER: start one with `tradewind up`, or name another with --url"
          }
        }
        exit 4
    "#]]
    .assert_eq(&said.text());
    let said = folder.run(&["runs", "--url", &url, "--token", "x"]);
    assert_eq!(said.code, 4);
    let said = folder.run_in(&["runs"], &[("TRADEWIND_URL", ""), ("TRADEWIND_TOKEN", "")], "");
    assert_eq!(said.code, 4, "{}", said.text());
}

#[tokio::test]
async fn the_token_of_the_folder_goes_with_the_call() {
    let answer = Answer::json(200, json!({ "runs": [], "next": null }));
    let (text, transcript) =
        said([answer], &["runs", "--workflow", "a/b", "--state", "parked"]).await;
    assert_eq!(text, "no such runs\nexit 0\n");
    expect![[r#"
        GET /api/runs?workflow=a%2Fb&state=parked&limit=20
        accept: application/json
        authorization: Bearer tw_1
        content-type: application/json
        host: SERVER


    "#]]
    .assert_eq(&transcript);
}
