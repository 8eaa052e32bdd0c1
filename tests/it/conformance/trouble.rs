//! The troubles that every service can have, played to every provider.

use super::stage::{Stage, Subject, attempt, outcome};
use crate::fakes::{Answer, FakeServer};
use expect_test::Expect;
use std::time::Duration;
use tradewind_engine::ports::BODY_BYTES_MAX;

/// What is made of each answer, where `before` comes first.
pub(super) async fn check_answers(
    subject: &Subject,
    before: &[Answer],
    answers: impl IntoIterator<Item = Answer>,
    expected: Expect,
) {
    let mut lines = Vec::new();
    for answer in answers {
        let server = FakeServer::scripted(before.iter().cloned().chain([answer])).await;
        lines.push(attempt(subject, &server).await);
    }
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

/// What is made of a lost, endless, redirected, oversize or impossible answer.
pub(super) async fn check_trouble(subject: &Subject, before: &[Answer], expected: Expect) {
    let mut lines = Vec::new();
    for (name, answer) in troubles() {
        let script = before.iter().cloned().chain([answer]);
        let server = FakeServer::scripted(script).await;
        let mut stage = Stage::new();
        if name == "slow body" {
            stage.timeout = Duration::from_secs(1);
        }
        let found = outcome(stage.perform(subject, &server.url).await);
        lines.push(format!("{name}: {found}"));
        assert_eq!(
            server.seen().len(),
            before.len() + 1,
            "{name} is neither repeated nor followed"
        );
    }
    let refused = Stage::new().perform(subject, "http://127.0.0.1:1").await;
    lines.push(format!("nobody there: {}", outcome(refused)));
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

fn troubles() -> [(&'static str, Answer); 6] {
    let oversize = vec![b' '; BODY_BYTES_MAX + 1];
    [
        ("reset after read", Answer::Resets),
        ("cut body", Answer::Cuts { status: 200 }),
        ("slow body", Answer::Stalls { status: 200 }),
        ("redirect", Answer::status(307).header("location", "/elsewhere")),
        ("oversize", Answer::status(200).body(oversize)),
        ("gateway", Answer::text(502, "<html>bad gateway</html>")),
    ]
}
