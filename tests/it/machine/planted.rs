//! A data directory that somebody else prepared: with a clone, an archive, or a loose hand.

use super::started::Up;
use super::{check, data_folder, mode, project, run, run_with, write};
use crate::app::finished;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;
use tempfile::tempdir;
use tradewind::secrets::SecretsFile;

/// All that Tradewind keeps in it.
const FILES: [&str; 11] = [
    "token",
    "api.json",
    "project.json",
    "secrets.json",
    "secrets.key",
    "secrets.lock",
    "tradewind.db",
    "tradewind.db-wal",
    "tradewind.db-shm",
    "tradewind.lock",
    "tradewind.used",
];

/// A key that somebody else knows.
const PLANTED_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

#[tokio::test]
async fn a_link_in_place_of_a_file_harms_nothing_outside() {
    for name in FILES {
        let parent = tempdir().unwrap();
        let dir = project(parent.path(), "shop");
        let data = data_folder(&dir);
        let victim = parent.path().join("victim");
        write(&victim, "precious", 0o644);
        symlink(&victim, data.join(name)).unwrap();
        for arguments in [&["up", "--port", "0"][..], &["secret", "set", "a", "--from-stdin"]] {
            let refused = run_with(&dir, &[], arguments, "x").await;
            check(&refused, 1, &["error: ", name, "a link"]);
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious", "{name}");
        assert_eq!(mode(&victim), 0o644, "{name}");
    }
}

#[tokio::test]
async fn a_link_to_nowhere_makes_nothing_outside() {
    for name in FILES {
        let parent = tempdir().unwrap();
        let dir = project(parent.path(), "shop");
        let data = data_folder(&dir);
        let outside = parent.path().join("outside");
        symlink(&outside, data.join(name)).unwrap();
        for arguments in [&["up", "--port", "0"][..], &["secret", "set", "a", "--from-stdin"]] {
            check(&run_with(&dir, &[], arguments, "x").await, 1, &["error: ", name, "a link"]);
        }
        assert!(fs::symlink_metadata(&outside).is_err(), "{name} made a file outside");
    }
}

#[tokio::test]
async fn a_file_that_has_another_name_as_well_is_refused() {
    for name in ["token", "secrets.lock", "tradewind.db", "tradewind.lock", "tradewind.used"] {
        let parent = tempdir().unwrap();
        let dir = project(parent.path(), "shop");
        let data = data_folder(&dir);
        let other = parent.path().join("other");
        write(&other, "", 0o600);
        fs::hard_link(&other, data.join(name)).unwrap();
        let refused = run(&dir, &[], &["up", "--port", "0"]).await;
        check(&refused, 1, &["error: ", name, "another name"]);
        assert_eq!(fs::read_to_string(&other).unwrap(), "", "{name}");
    }
}

#[tokio::test]
async fn a_link_in_place_of_the_folder_is_refused() {
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "shop");
    let elsewhere = data_folder(&parent.path().join("other"));
    symlink(&elsewhere, dir.join(".tradewind")).unwrap();
    for arguments in [&["up", "--port", "0"][..], &["secret", "list"], &["runs"]] {
        check(&run(&dir, &[], arguments).await, 1, &[".tradewind", "a link", "--data-dir"]);
    }
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[tokio::test]
async fn a_token_that_others_could_read_is_replaced_with_a_word() {
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "shop");
    let token = data_folder(&dir).join("token");
    write(&token, "tw_planted", 0o644);
    let up = Up::start(&dir, &[], &[]);
    let new = fs::read_to_string(&token).unwrap();
    assert!(new != "tw_planted" && new.len() > 60, "{new}");
    assert_eq!(mode(&token), 0o600);
    let planted = ["runs", "--url", &up.url, "--token", "tw_planted"];
    assert_eq!(run(&dir, &[], &planted).await.code, Some(1));
    assert_eq!(run(&dir, &[], &["runs"]).await.code, Some(0));
    let said = up.stop();
    assert!(said.contains("token could be read by others"), "{said}");
    let up = Up::start(&dir, &[], &[]);
    assert_eq!(fs::read_to_string(&token).unwrap(), new, "one that nobody could read stays");
    up.stop();
}

#[tokio::test]
async fn a_key_that_others_could_read_seals_nothing() {
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "shop");
    let key = data_folder(&dir).join("secrets.key");
    write(&key, PLANTED_KEY, 0o644);
    let refused = run_with(&dir, &[], &["secret", "set", "a", "--from-stdin"], "hush").await;
    check(&refused, 1, &["secrets.key", "read by others", "chmod 600"]);
    assert!(!dir.join(".tradewind/secrets.json").exists());
    assert_eq!(fs::read_to_string(&key).unwrap(), PLANTED_KEY);
}

#[tokio::test]
async fn secrets_whose_key_others_could_read_hold_the_start_up() {
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "shop");
    let set = run_with(&dir, &[], &["secret", "set", "a", "--from-stdin"], "hush").await;
    assert_eq!(set.code, Some(0), "{set:?}");
    let key = dir.join(".tradewind/secrets.key");
    fs::set_permissions(&key, Permissions::from_mode(0o640)).unwrap();
    let refused = run(&dir, &[], &["up", "--port", "0"]).await;
    check(&refused, 1, &["secrets.key", "read by others", "chmod 600"]);
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    Up::start(&dir, &[], &[]).stop();
}

#[tokio::test]
async fn a_key_that_was_there_before_any_secret_opens_none() {
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "shop");
    let data = data_folder(&dir);
    write(&data.join("secrets.key"), PLANTED_KEY, 0o600);
    let set = run_with(&dir, &[], &["secret", "set", "a", "--from-stdin"], "hush").await;
    check(&set, 0, &["secrets.key"]);
    assert!(SecretsFile::in_folder(&data).read("a").unwrap().is_some());
    write(&data.join("secrets.key"), PLANTED_KEY, 0o600);
    assert!(SecretsFile::in_folder(&data).read("a").is_err(), "the planted key opens it");
}

#[tokio::test]
async fn rights_of_others_are_taken_away_with_a_word() {
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "shop");
    Up::start(&dir, &[], &[]).stop();
    let data = dir.join(".tradewind");
    run_with(&dir, &[], &["secret", "set", "a", "--from-stdin"], "hush").await;
    for name in ["tradewind.db", "secrets.json", "tradewind.lock", "tradewind.used"] {
        fs::set_permissions(data.join(name), Permissions::from_mode(0o664)).unwrap();
    }
    fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    let up = Up::start(&dir, &[], &[]);
    for name in ["tradewind.db", "secrets.json", "tradewind.lock", "tradewind.used"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
    assert_eq!(mode(&data), 0o700);
    let said = up.stop();
    for name in ["tradewind.db", "secrets.json", ".tradewind"] {
        assert!(said.contains(&format!("{name} was open to others")), "{said}");
    }
}

#[tokio::test]
async fn a_folder_with_other_things_in_it_stays_as_open_as_it_is() {
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "shop");
    fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
    let commands: [&[&str]; 3] =
        [&["secret", "set", "a", "--from-stdin"], &["runs"], &["backup", "../b.db"]];
    for arguments in commands {
        run_with(&dir, &[], &[arguments, &["--data-dir", "."]].concat(), "x").await;
        assert_eq!(mode(&dir), 0o755, "{arguments:?}");
    }
    Up::start(&dir, &[], &["--data-dir", "."]).stop();
    assert_eq!(mode(&dir), 0o755);
    for name in ["token", "tradewind.db", "secrets.key", "secrets.json"] {
        assert_eq!(mode(&dir.join(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_folder_that_others_may_write_to_is_refused() {
    for bits in [0o770, 0o777, 0o702, 0o1777] {
        let parent = tempdir().unwrap();
        let dir = project(parent.path(), "shop");
        let data = data_folder(&dir);
        fs::set_permissions(&data, Permissions::from_mode(bits)).unwrap();
        for arguments in [
            &["up", "--port", "0"][..],
            &["secret", "set", "a", "--from-stdin"],
            &["backup", "b.db"],
        ] {
            let refused = run_with(&dir, &[], arguments, "x").await;
            check(&refused, 1, &["error: ", ".tradewind", "others may write", "chmod"]);
        }
        assert_eq!(mode(&data), bits);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 0);
    }
}

/// Only who may give files away can try it.
#[tokio::test]
async fn a_folder_or_file_of_somebody_else_is_refused() {
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "shop");
    let data = data_folder(&dir);
    write(&data.join("token"), "tw_planted", 0o600);
    if std::os::unix::fs::chown(data.join("token"), Some(12_345), None).is_err() {
        return;
    }
    let refused = run(&dir, &[], &["up", "--port", "0"]).await;
    check(&refused, 1, &["token", "belongs to another user"]);
    fs::remove_file(data.join("token")).unwrap();
    std::os::unix::fs::chown(&data, Some(12_345), None).unwrap();
    let refused = run(&dir, &[], &["up", "--port", "0"]).await;
    check(&refused, 1, &[".tradewind", "belongs to another user"]);
}

#[tokio::test]
async fn whatever_the_umask_all_files_are_the_owners_alone() {
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "shop");
    let open_to_all = |arguments: &str| {
        let mut shell = Command::new("sh");
        let binary = env!("CARGO_BIN_EXE_tradewind");
        shell.arg("-c").arg(format!("umask 000; exec {binary} {arguments}"));
        shell.env_clear().current_dir(&dir);
        shell
    };
    let up = Up::spawn(&dir, open_to_all("up --port 0"));
    let set = finished(open_to_all("secret set a --from-stdin < tradewind.yaml")).await;
    assert_eq!(set.code, Some(0), "{set:?}");
    let copied = finished(open_to_all("backup b.db")).await;
    assert_eq!(copied.code, Some(0), "{copied:?}");
    assert_eq!(mode(&dir.join("b.db")), 0o600);
    let data = dir.join(".tradewind");
    assert_eq!(mode(&data), 0o700);
    for entry in fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
    }
    up.stop();
}
