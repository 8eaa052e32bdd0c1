//! Help, completion and wrong usage.

use super::folder::Folder;

/// The commands that are promised.
const COMMANDS: [&str; 19] = [
    "up",
    "demo",
    "check",
    "apply",
    "runs",
    "run",
    "replay",
    "cancel",
    "resolve",
    "pause",
    "resume",
    "trigger",
    "dead-letters",
    "events",
    "outbox",
    "secret",
    "catalog",
    "backup",
    "completion",
];

#[test]
fn help_names_every_command_and_every_exit_code() {
    let said = Folder::empty().run(&["--help"]);
    assert_eq!(said.code, 0);
    for command in COMMANDS {
        assert!(said.out.contains(&format!("\n  {command} ")), "{command} is not in the help");
    }
    for code in 0..=5 {
        assert!(said.out.contains(&format!("\n  {code}  ")), "{code} is not in the help");
    }
}

#[test]
fn every_command_has_help_of_its_own() {
    let folder = Folder::empty();
    for command in COMMANDS {
        let said = folder.run(&[command, "--help"]);
        assert_eq!(said.code, 0, "{command}: {}", said.err);
        assert!(said.out.contains("Options of every command"), "{command}");
    }
}

#[test]
fn help_never_shows_the_token() {
    let said = Folder::empty().run_in(&["runs", "--help"], &[("TRADEWIND_TOKEN", "tw_hidden")], "");
    assert!(said.out.contains("TRADEWIND_TOKEN") && !said.out.contains("tw_hidden"));
}

#[test]
fn each_shell_gets_its_completion() {
    let folder = Folder::empty();
    for shell in ["bash", "zsh", "fish"] {
        let said = folder.run(&["completion", shell]);
        assert_eq!(said.code, 0);
        assert!(said.out.contains("dead-letters"), "{shell}");
    }
}

#[test]
fn wrong_usage_is_exit_2() {
    let folder = Folder::empty();
    let wrong: [&[&str]; 9] = [
        &[],
        &["nonsense"],
        &["run"],
        &["runs", "--state", "sleepy"],
        &["runs", "--limit", "0"],
        &["resolve", "run_1", "thank"],
        &["resolve", "run_1", "thank", "--skip", "--output", "1"],
        &["events", "run", "evt_1", "--workflow", "w"],
        &["runs", "--url", "http://127.0.0.1:9"],
    ];
    for arguments in wrong {
        assert_eq!(folder.run(arguments).code, 2, "{arguments:?}");
    }
}
