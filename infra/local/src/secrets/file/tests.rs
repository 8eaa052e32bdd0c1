//! What is kept in memory of the file, and for how long.

use super::*;
use std::time::Duration;
use tempfile::TempDir;
use tradewind_engine::time::after;
use tradewind_memory::VirtualClock;

/// A data directory with one secret, looked at so long after it was written.
fn secrets(folder: &TempDir, seconds: u64) -> SecretsFile {
    let data = folder.path().join("data");
    SecretsFile::in_folder(&data).set("a", &"one".into()).unwrap();
    let clock = Box::new(VirtualClock::new(after(SystemClock.now(), Duration::from_secs(seconds))));
    SecretsFile { clock, ..SecretsFile::in_folder(&data) }
}

fn read(secrets: &SecretsFile) -> String {
    secrets.read("a").unwrap().unwrap().expose_secret().to_owned()
}

/// Whether the next read takes it from memory.
fn is_in_memory(secrets: &SecretsFile) -> bool {
    let stamps = Stamps::of(&secrets.path(), &secrets.key_path(), secrets.clock.now());
    secrets.opened.lock().unwrap().as_ref().is_some_and(|opened| opened.is_as(stamps))
}

#[test]
fn what_was_read_holds_until_the_file_changes() {
    let folder = TempDir::new().unwrap();
    let secrets = secrets(&folder, 3_600);
    assert_eq!(read(&secrets), "one");
    assert!(is_in_memory(&secrets));
    assert_eq!(read(&secrets), "one");
    SecretsFile::in_folder(&secrets.folder).set("a", &"two".into()).unwrap();
    assert!(!is_in_memory(&secrets));
    assert_eq!(read(&secrets), "two");
    SecretsFile::in_folder(&secrets.folder).remove("a").unwrap();
    assert!(secrets.read("a").unwrap().is_none());
}

#[test]
fn a_key_that_others_may_read_by_now_opens_nothing_more() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let secrets = secrets(&folder, 3_600);
    assert_eq!(read(&secrets), "one");
    std::fs::set_permissions(secrets.key_path(), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(secrets.read("a"), Err(Error::KeyOpen(_))));
}

#[test]
fn what_was_written_a_moment_ago_is_read_again() {
    let folder = TempDir::new().unwrap();
    let secrets = secrets(&folder, 0);
    assert_eq!(read(&secrets), "one");
    assert!(!is_in_memory(&secrets), "another write of the same moment would not show");
}
