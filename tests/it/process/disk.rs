//! The data directory takes nothing more.

use super::started::{Started, in_shell};
use crate::app::{Given, Hook, order};
use serde_json::json;
use std::process::Stdio;

const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.cl_webhook }}\" }
  mail: { provider: sandbox }
";

const THANKS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - { id: thank, uses: email.send, via: mail, with: { to: ada@example.com, subject: Thanks, text: Yours } }
";

/// No file grows beyond 4 MB: the log of the database is the first to get there.
const FULL: &str = "ulimit -f 8192";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_503_while_nothing_can_be_written_and_what_was_accepted_is_kept() {
    let given = Given::project(PROJECT).workflow("thanks", THANKS).secret("cl_webhook", "hush");
    let mut started = Started::spawn(&given, |command| in_shell(FULL, &command));
    let platform = started.platform().await;
    assert_eq!(platform.call("GET", "/health", None).await.status, 200);
    let mut accepted = Vec::new();
    let refused = loop {
        let mut order = order(accepted.len() as u32);
        order["data"]["attributes"]["note"] = json!("x".repeat(45_000));
        let hook = Hook::commercelayer("shop", "orders.place", order.to_string(), "hush");
        let answered = hook.send(&platform).await;
        if !answered.status.is_success() {
            break answered;
        }
        accepted.push(answered.event());
        assert!(accepted.len() < 1_000, "the disk is never full");
    };
    assert_eq!(refused.verdict(), "503 not_stored");
    let health = platform
        .wait_for("health to tell", async || {
            let health = platform.call("GET", "/health", None).await;
            (health.status == 503).then_some(health)
        })
        .await;
    let problem = health.json()["problems"][0].as_str().unwrap().to_owned();
    assert!(problem.starts_with("nothing can be written to the data directory"), "{problem}");
    started.kill_and_start(&given);
    let platform = started.platform().await;
    for event in &accepted {
        let run = platform.run_of(event).await;
        platform.run_in(&run, "succeeded").await;
    }
    assert_eq!(platform.call("GET", "/health", None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_whose_database_is_taken_away_ends_and_says_why() {
    let given = Given::project(PROJECT).workflow("thanks", THANKS).secret("cl_webhook", "hush");
    let mut started = Started::spawn(&given, |mut command| {
        command.stderr(Stdio::piped());
        command
    });
    let platform = started.platform().await;
    assert_eq!(platform.call("GET", "/health", None).await.status, 200);
    std::fs::remove_file(started.folder.path().join(".tradewind/tradewind.db")).unwrap();
    assert_eq!(started.ended().await.code(), Some(1));
    let said = std::io::read_to_string(started.child().stderr.take().unwrap()).unwrap();
    assert!(said.contains("was removed or replaced under the running process"), "{said}");
}
