//! What a process that dies leaves behind: not its memory, which holds the secrets.

use super::started::{Started, in_shell};
use crate::app::Given;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

const PROJECT: &str = "connections:\n  mail: { provider: sandbox }\n";
const SIGABRT: i32 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_dies_writes_no_core_dump() {
    // Where a dump would go.
    let folder = tempfile::tempdir().unwrap();
    let dumps_allowed = |command: Command| {
        let mut shell = in_shell("ulimit -c unlimited", &command);
        shell.current_dir(folder.path());
        shell
    };
    let mut started = Started::spawn(&Given::project(PROJECT), dumps_allowed);
    started.platform().await;
    let limits = format!("/proc/{}/limits", started.child().id());
    let limits = std::fs::read_to_string(limits).unwrap();
    started.signal("ABRT");
    let ended = started.ended().await;
    assert_eq!(ended.signal(), Some(SIGABRT), "{ended:?}");
    assert!(!ended.core_dumped(), "{ended:?}");
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(words(core)[4..6], ["0", "0"], "{core}");
}
