//! Project folders with files that are none, or that lead elsewhere.

use super::{check, run, write};
use crate::app::Finished;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::{TempDir, tempdir};

const PROJECT: &str = "connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.shop }}\" }
  mail: { provider: sandbox }
";

const WORKFLOW: &str = "\
trigger: { event: order.placed, from: shop }
steps:
  - { id: thank, uses: email.send, via: mail, with: { to: a@example.com, subject: Hi, text: Yours } }
";

fn shop() -> (TempDir, PathBuf) {
    let parent = tempdir().unwrap();
    let dir = parent.path().join("shop");
    write(&dir.join("tradewind.yaml"), PROJECT, 0o644);
    write(&dir.join("workflows/thanks.yaml"), WORKFLOW, 0o644);
    (parent, dir)
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// It ended by itself, with a problem at that file.
fn check_problem(finished: &Finished, file: &str, code: &str) {
    assert_eq!(finished.code, Some(3), "{finished:?}");
    let said = format!("{}{}", finished.stdout, finished.stderr);
    assert!(said.contains(&format!("{file}:1:1: {code}")), "{finished:?}");
}

#[tokio::test]
async fn a_pipe_a_device_or_a_socket_is_a_problem_with_its_place() {
    let (_parent, dir) = shop();
    pipe(&dir.join("workflows/pipe.yaml"));
    check_problem(&run(&dir, &[], &["check"]).await, "workflows/pipe.yaml", "not_a_file");
    for command in ["plan", "apply", "up"] {
        assert_eq!(run(&dir, &[], &[command]).await.code, Some(3), "{command}");
    }
    fs::remove_file(dir.join("workflows/pipe.yaml")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(dir.join("workflows/s.yaml")).unwrap();
    check_problem(&run(&dir, &[], &["check"]).await, "workflows/s.yaml", "not_a_file");
    fs::remove_file(dir.join("workflows/s.yaml")).unwrap();
    fs::remove_file(dir.join("tradewind.yaml")).unwrap();
    pipe(&dir.join("tradewind.yaml"));
    check_problem(&run(&dir, &[], &["check"]).await, "tradewind.yaml", "not_a_file");
    let set = super::run_with(&dir, &[], &["secret", "list"], "x").await;
    assert_eq!(set.code, Some(0), "{set:?}");
}

#[tokio::test]
async fn a_link_out_of_the_folder_is_a_problem() {
    let (parent, dir) = shop();
    write(&parent.path().join("outside.yaml"), "password: hunter2\n", 0o644);
    write(&parent.path().join("others/flows.yaml"), WORKFLOW, 0o644);
    let link = dir.join("workflows/link.yaml");
    for target in ["/dev/zero", "/proc/self/environ", "/dev/stdin", "../../outside.yaml"] {
        symlink(target, &link).unwrap();
        let found = run(&dir, &[], &["check"]).await;
        check_problem(&found, "workflows/link.yaml", "file_outside");
        assert!(!format!("{found:?}").contains("hunter2"), "{found:?}");
        fs::remove_file(&link).unwrap();
    }
    symlink("../../others", dir.join("workflows/others")).unwrap();
    check_problem(&run(&dir, &[], &["check"]).await, "workflows/others", "file_outside");
    fs::remove_file(dir.join("workflows/others")).unwrap();
    fs::rename(dir.join("tradewind.yaml"), parent.path().join("tradewind.yaml")).unwrap();
    symlink("../tradewind.yaml", dir.join("tradewind.yaml")).unwrap();
    check_problem(&run(&dir, &[], &["check"]).await, "tradewind.yaml", "file_outside");
}

#[tokio::test]
async fn a_link_within_the_folder_is_as_good_as_what_it_leads_to() {
    let (_parent, dir) = shop();
    // As a volume of Kubernetes holds its files.
    fs::create_dir(dir.join("..data")).unwrap();
    fs::rename(dir.join("tradewind.yaml"), dir.join("..data/tradewind.yaml")).unwrap();
    symlink("..data/tradewind.yaml", dir.join("tradewind.yaml")).unwrap();
    symlink("thanks.yaml", dir.join("workflows/again.yaml")).unwrap();
    let checked = run(&dir, &[], &["check"]).await;
    assert_eq!(checked.code, Some(0), "{checked:?}");
    assert!(checked.stdout.contains("2 workflows"), "{checked:?}");
}

#[tokio::test]
async fn links_that_lead_round_and_round_come_to_an_end() {
    let (_parent, dir) = shop();
    for number in 0..12 {
        symlink(".", dir.join(format!("workflows/round{number}"))).unwrap();
    }
    let found = run(&dir, &[], &["check"]).await;
    check_problem(&found, "workflows/round0", "file_misplaced");
}

#[tokio::test]
async fn a_link_to_nowhere_is_a_problem() {
    let (_parent, dir) = shop();
    symlink("gone.yaml", dir.join("workflows/link.yaml")).unwrap();
    let found = run(&dir, &[], &["check"]).await;
    check_problem(&found, "workflows/link.yaml", "not_a_file");
}

#[tokio::test]
async fn data_of_an_event_comes_from_a_file_of_a_bearable_length() {
    let (_parent, dir) = shop();
    for (file, word) in [("/dev/zero", "longer than"), (".", "not a file"), ("gone", "No such")] {
        let arguments = ["trigger", "order.placed", "--connection", "mail", "--file", file];
        check(&run(&dir, &[], &arguments).await, 1, &["error: ", file, word]);
    }
    let long = fs::File::create(dir.join("long.json")).unwrap();
    long.set_len(1 << 36).unwrap();
    let arguments = ["trigger", "order.placed", "--connection", "mail", "--file", "long.json"];
    let refused = run(&dir, &[], &arguments).await;
    check(&refused, 1, &["longer than"]);
    assert_eq!(refused.stderr.matches("long.json").count(), 1, "{refused:?}");
}

/// Who names a file on the command line means what it leads to.
#[tokio::test]
async fn data_of_an_event_comes_through_links_and_pipes_of_the_command_line() {
    let (_parent, dir) = shop();
    write(&dir.join("data.json"), r#"{"order":{}}"#, 0o644);
    symlink("data.json", dir.join("link.json")).unwrap();
    pipe(&dir.join("pipe.json"));
    let binary = env!("CARGO_BIN_EXE_tradewind");
    let trigger = format!("{binary} trigger order.placed --connection mail --file");
    for command in [
        format!("{trigger} link.json"),
        format!("{trigger} /dev/stdin < data.json"),
        format!("cat data.json | {trigger} /dev/stdin"),
        format!("{trigger} /dev/fd/3 3< data.json"),
        format!("cat data.json | {trigger} /dev/fd/3 3<&0"),
        format!("cat data.json > pipe.json & {trigger} pipe.json"),
    ] {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(&command).env_clear().env("PATH", "/usr/bin:/bin").current_dir(&dir);
        // It was read: only then is somebody looked for who takes it.
        check(&crate::app::finished(shell).await, 4, &["no running Tradewind"]);
    }
}

#[tokio::test]
async fn a_secret_without_an_end_is_refused() {
    let (_parent, dir) = shop();
    let mut shell = Command::new("sh");
    let binary = env!("CARGO_BIN_EXE_tradewind");
    shell.arg("-c").arg(format!("{binary} secret set a --from-stdin < /dev/zero"));
    shell.env_clear().current_dir(&dir);
    // `finished` gives no input of its own: the shell does.
    check(&crate::app::finished(shell).await, 1, &["64 KB"]);
}
