//! A data directory as it was before data lay outside of the project folder: all in it is there again.

use super::started::Up;
use super::{mode, run, run_with};
use crate::app::{Given, Hook, Platform, order};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tempfile::tempdir;

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

fn platform(up: &Up, data: &Path) -> Platform {
    Platform::at(&up.url, &fs::read_to_string(data.join("token")).unwrap())
}

async fn place(platform: &Platform, number: u32) -> String {
    let body = order(number).to_string();
    let event = Hook::commercelayer("shop", "orders.place", body, "hush").send(platform).await;
    platform.run_of(&event.event()).await
}

/// What an older tradewind left: no word of whose it is, none of the start, files of git for all to read.
fn as_before(data: &Path) {
    fs::remove_file(data.join("project.json")).unwrap();
    fs::write(data.join("tradewind.lock"), "").unwrap();
    fs::write(data.join("api.json"), r#"{"url":"http://127.0.0.1:9"}"#).unwrap();
    for name in [".gitignore", "secrets.lock"] {
        fs::set_permissions(data.join(name), Permissions::from_mode(0o644)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_secrets_waiting_work_and_the_token_are_all_there() {
    let folder = tempdir().unwrap();
    let dir = folder.path();
    let home = tempdir().unwrap();
    let home = [("HOME", home.path().to_str().unwrap())];
    Given::project(PROJECT).workflow("thanks", THANKS).write(dir);
    let set = run_with(dir, &[], &["secret", "set", "cl_webhook", "--from-stdin"], "hush").await;
    assert_eq!(set.code, Some(0), "{set:?}");
    let data = dir.join(".tradewind");
    let mut up = Up::start(dir, &[], &[]);
    let first = platform(&up, &data);
    let done = place(&first, 1).await;
    first.run_in(&done, "succeeded").await;
    assert_eq!(run(dir, &[], &["pause", "thanks"]).await.code, Some(0));
    let waits = place(&first, 2).await;
    up.kill();
    let token = fs::read_to_string(data.join("token")).unwrap();
    as_before(&data);

    let up = Up::start(dir, &home, &[]);
    let second = platform(&up, &data);
    assert_eq!(fs::read_to_string(data.join("token")).unwrap(), token);
    assert_eq!(second.get(&format!("/api/runs/{done}")).await["run"]["state"], "succeeded");
    assert_eq!(second.get(&format!("/api/runs/{waits}")).await["run"]["state"], "active");
    assert_eq!(run(dir, &home, &["resume", "thanks"]).await.code, Some(0));
    second.run_in(&waits, "succeeded").await;
    // The secret opens: what is signed with it is taken.
    let third = place(&second, 3).await;
    second.run_in(&third, "succeeded").await;
    assert_eq!(mode(&data.join("tradewind.db")), 0o600);
    let said = up.stop();
    assert!(said.contains("mkdir -p") && !said.contains("open to others"), "{said}");
    assert!(said.contains("it was there before, and does not say whose it is"), "{said}");
    let said = Up::start(dir, &home, &[]).stop();
    assert!(!said.contains("it was there before"), "once is enough: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_has_not_been_started_again_is_named() {
    let folder = tempdir().unwrap();
    let dir = folder.path();
    Given::project(PROJECT).write(dir);
    let up = Up::start(dir, &[], &[]);
    let data = dir.join(".tradewind");
    fs::write(data.join("api.json"), format!(r#"{{"url":"{}"}}"#, up.url)).unwrap();
    let said = run(dir, &[], &["runs"]).await;
    super::check(&said, 4, &["an older tradewind serves", "start it again", "--url"]);
    let token = fs::read_to_string(data.join("token")).unwrap();
    let named = run(dir, &[], &["runs", "--url", &up.url, "--token", &token]).await;
    assert_eq!(named.code, Some(0), "{named:?}");
    up.stop();
}
