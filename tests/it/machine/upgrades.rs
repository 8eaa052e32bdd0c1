//! A data directory as it was before data lay outside of the project folder: all in it is there again.

use super::started::Up;
use super::{mode, run, run_with, write};
use crate::app::{Given, Hook, Platform, order};
use crate::fakes::{FakeServer, sendgrid};
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

/// A copy of what commit 4a101b2 left, with the provider that it waits for at that address.
fn left_by_an_older_one(dir: &Path, provider: &str) {
    let left = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/it/machine/fixtures/data_of_4a101b2");
    let project = fs::read_to_string(left.join("tradewind.yaml")).unwrap();
    let project = project.replace("http://127.0.0.1:9", provider);
    write(&dir.join("tradewind.yaml"), &project, 0o644);
    for name in ["thanks.yaml", "paid.yaml"] {
        let text = fs::read_to_string(left.join("workflows").join(name)).unwrap();
        write(&dir.join("workflows").join(name), &text, 0o644);
    }
    let data = super::data_folder(dir);
    for entry in fs::read_dir(left.join("data")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let name = if name == "gitignore" { ".gitignore".to_owned() } else { name };
        fs::copy(entry.path(), data.join(&name)).unwrap();
        let mode = if [".gitignore", "secrets.lock"].contains(&&*name) { 0o644 } else { 0o600 };
        fs::set_permissions(data.join(&name), Permissions::from_mode(mode)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_older_process_really_left_goes_on() {
    let (folder, home) = (tempdir().unwrap(), tempdir().unwrap());
    let home = [("HOME", home.path().to_str().unwrap()), ("TRADEWIND_ALLOW_HOSTS", "127.0.0.1:*")];
    let dir = folder.path();
    let provider = FakeServer::deciding(|_| sendgrid::taken()).await;
    left_by_an_older_one(dir, &provider.url);
    let data = dir.join(".tradewind");
    let token = fs::read_to_string(data.join("token")).unwrap();

    let up = Up::start(dir, &home, &[]);
    let platform = platform(&up, &data);
    assert_eq!(fs::read_to_string(data.join("token")).unwrap(), token);
    platform.run_in("run_2e905f99a12a132406f9dfd3", "succeeded").await;
    let [mail] = &provider.seen()[..] else { panic!("{:?}", provider.seen()) };
    assert!(format!("{mail:?}").contains("SG.hush"), "its secret opens");
    platform.run_in("run_4949ec2dbd23e71b0d585551", "parked").await;
    let outbox = run(dir, &home, &["outbox"]).await;
    assert!(outbox.stdout.contains("subject: Order"), "{outbox:?}");
    // The same order again is the same run.
    let mut again = order(1);
    again["data"]["id"] = "order-1".into();
    let again = Hook::commercelayer("shop", "orders.place", again.to_string(), "hush");
    assert_eq!(again.send(&platform).await.status, 200);
    let placed = order(2).to_string();
    let placed = Hook::commercelayer("shop", "orders.place", placed, "hush").send(&platform).await;
    let other = platform.run_of(&placed.event()).await;
    platform.run_in(&other, "succeeded").await;
    assert_eq!(provider.seen().len(), 2, "one mail for each order");
    up.stop();
}
