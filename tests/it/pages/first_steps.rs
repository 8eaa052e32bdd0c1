//! README's first workflow, typed as it stands there.

use super::page;
use std::process::Command;
use tempfile::TempDir;

/// The commands as a person would type them, but for what a test cannot have: what is installed already, a
/// terminal that is asked for a secret, a port that others may use, and a person's slowness.
#[test]
fn the_first_workflow_of_readme_works_as_it_is_written() {
    let readme = page("README.md");
    let blocks = readme.blocks("sh");
    let install = blocks.iter().find(|block| block.contains("cargo install")).unwrap();
    let typed = blocks.iter().find(|block| block.contains("tradewind trigger")).unwrap();
    let (installed, rest) = install.split_once('\n').unwrap();
    assert!(installed.starts_with("cargo install --locked --path infra/local"), "{installed}");
    let asked = rest.lines().find(|line| line.starts_with("tradewind secret set")).unwrap();
    let serving = rest.lines().find(|line| line.starts_with("tradewind up &")).unwrap();
    let rest = rest
        .replace(asked, "echo anything | tradewind secret set cl_webhook --from-stdin")
        .replace(serving, "tradewind up --port 0 & trap \"kill $!\" EXIT")
        + "\nuntil tradewind runs >ready 2>&1; do sleep 0.05; done";
    let last = "for try in $(seq 200); do tradewind runs | grep -q succeeded && break; sleep 0.05; done\n\
                tradewind runs\ntradewind outbox";
    let script = format!("set -eu\n{rest}\n{typed}\n{last}\n");

    let home = TempDir::new().unwrap();
    let clone = home.path().join("tradewind");
    std::fs::create_dir(&clone).unwrap();
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_tradewind"));
    let path = format!("{}:/usr/bin:/bin", binary.parent().unwrap().display());
    let mut shell = Command::new("timeout");
    shell.args(["60", "bash", "-c", &script]).current_dir(&clone).env_clear();
    shell.env("PATH", path).env("HOME", home.path());
    let output = shell.output().unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}\n{out}\n{err}");
    assert!(out.contains("succeeded"), "{out}\n{err}");
    assert!(out.contains("ada@example.com"), "the mail is in the outbox: {out}\n{err}");
}
