//! Everything that the local runtime says besides its API: every command in both forms, every file.

use super::answers::Said;
use super::life::Lived;
use crate::app::{finished, tradewind};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What the commands print and note.
pub(crate) async fn outputs(
    dir: &Path,
    environment: &BTreeMap<String, String>,
    lived: &Lived,
) -> Said {
    let commands = commands(lived);
    let help = finished({
        let mut command = tradewind(dir, environment);
        command.arg("--help");
        command
    });
    let named: BTreeSet<&str> = commands.iter().map(|words| words[0].as_str()).collect();
    for line in help.await.stdout.lines().skip_while(|line| *line != "Commands:").skip(1) {
        let Some(word) = line.strip_prefix("  ").and_then(|line| line.split(' ').next()) else {
            break;
        };
        // The first serves, and is what all this is about; the others are of no project, or look at no secret.
        let is_other = ["up", "demo", "completion", "help", "new", "try"].contains(&word);
        assert!(is_other || named.contains(word), "nothing calls `tradewind {word}`");
    }
    let mut said = Said::new();
    for words in commands {
        for form in ["--verbose", "--json"] {
            let mut command = tradewind(dir, environment);
            command.args(&words).arg(form);
            if words[0] == "backup" {
                command.arg(dir.join(format!("copy{form}.db")));
            }
            let finished = finished(command).await;
            let what = format!("tradewind {} {form}", words.join(" "));
            // A run that has ended cannot be ended, one that is not parked cannot be resolved, nor one approved
            // that does not ask; the
            // letter of a run goes when it is taken up again.
            let may_fail =
                ["replay", "cancel", "resolve", "approve", "dismiss"].contains(&words[0].as_str());
            assert!(finished.code == Some(0) || may_fail, "{what}: {finished:?}");
            said.push((what, format!("{}\n{}", finished.stdout, finished.stderr)));
        }
    }
    said
}

fn commands(lived: &Lived) -> Vec<Vec<String>> {
    let (run, last) = (lived.runs.first().unwrap(), lived.runs.last().unwrap());
    let (event, workflow) = (lived.events.first().unwrap(), lived.workflows.first().unwrap());
    let mut commands = vec![
        "check".to_owned(),
        "test".to_owned(),
        "apply".to_owned(),
        "status".to_owned(),
        "runs".to_owned(),
        "runs --state failed".to_owned(),
        format!("run {run}"),
        format!("replay {run} --force"),
        format!("cancel {last}"),
        format!("resolve {last} act --skip"),
        format!("approve {last} --yes"),
        format!("pause {workflow}"),
        format!("resume {workflow}"),
        "events".to_owned(),
        format!("events {event}"),
        "events --refused".to_owned(),
        "trigger order.placed --test".to_owned(),
        "dead-letters".to_owned(),
        format!("dismiss {run}:act:1"),
        "outbox".to_owned(),
        "secret list".to_owned(),
        "token list".to_owned(),
        "catalog".to_owned(),
        "plan".to_owned(),
        "backup".to_owned(),
    ];
    commands.extend(lived.runs.iter().step_by(20).map(|run| format!("run {run}")));
    let words = |line: String| line.split(' ').map(str::to_owned).collect();
    commands.into_iter().map(words).collect()
}

/// Every file in the folder and below, the database, its log and its copy among them.
pub(crate) fn files(dir: &Path) -> Said {
    let mut said = Said::new();
    let mut folders = vec![PathBuf::from(dir)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                said.push((path.display().to_string(), text));
            }
        }
    }
    for ending in [".db", ".db-wal", "copy--json.db"] {
        let is_there = |(path, text): &(String, String)| path.ends_with(ending) && !text.is_empty();
        assert!(said.iter().any(is_there), "there is no {ending}");
    }
    said
}
