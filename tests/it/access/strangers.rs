//! Somebody tries tokens: it is seen.

use super::{given, with_token};
use crate::app::Logs;
use http::Method;
use std::time::Duration;

#[tokio::test]
async fn wrong_tokens_are_seen_with_their_number_and_where_they_came_from() {
    let (logs, _capturing) = Logs::capture();
    let app = given().start().await;
    // Few enough to be asked within the time of which one line tells.
    for number in 0..100 {
        let token = format!("tw_guess_{number}");
        let answered = with_token(&app, &token, Method::GET, "/api/runs").await;
        assert_eq!(answered.verdict(), "401 unauthorized");
        assert_eq!(answered.headers["www-authenticate"], "Bearer");
    }
    let first = "1 request with a wrong token, from 127.0.0.1 (1)";
    let lines = || logs.text().lines().filter(|line| line.contains("a wrong token")).count();
    assert_eq!(lines(), 1, "{}", logs.text());
    // Nobody asks any more, and still it is told.
    app.clock.pass(Duration::from_secs(60));
    let rest = app
        .wait_for("the others to be told of", async || {
            let refusals = app.get("/api/refusals").await["refusals"].clone();
            (refusals.as_array().unwrap().len() == 2).then_some(refusals)
        })
        .await;
    let shown = |one: &serde_json::Value| (one["code"].clone(), one["reason"].clone());
    assert_eq!(shown(&rest[1]), ("unauthorized".into(), first.into()));
    let others = "99 requests with a wrong token, from 127.0.0.1 (99)";
    assert_eq!(shown(&rest[0]), ("unauthorized".into(), others.into()));
    assert_eq!(lines(), 2, "{}", logs.text());
    assert!(!logs.text().contains("tw_guess"), "{}", logs.text());
    let shown = app.command(&["events", "--refused"]).await;
    assert!(
        shown.stdout.contains(others) && shown.stdout.contains("unauthorized  api"),
        "{shown:?}"
    );
}
