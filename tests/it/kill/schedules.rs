//! One process that is killed right at the times of its schedules, and between them. A schedule goes by whole minutes,
//! and the process by the clock of the machine: this takes up to two of them.

use super::process::Process;
use crate::app::{Given, Platform};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use tempfile::tempdir;
use tradewind_engine::ports::Clock as _;
use tradewind_engine::time::{Timestamp, after, until};
use tradewind_system::SystemClock;

const PROJECT: &str = "
connections:
  ops: { provider: sandbox }
";
const WORKFLOWS: [(&str, &str); 2] = [("every", "every: 1m"), ("cron", "cron: '* * * * *'")];
const TELLS: &str = "
trigger: { schedule: { SCHEDULE } }
steps:
  - { id: tell, uses: chat.post, via: ops, with: { text: 'due ${{ trigger.schedule.due_at }}' } }
";
const MINUTE: Duration = Duration::from_secs(60);
/// How long after the due time the first process is killed, and the next ones after they serve: what is due is
/// published then, noted, given to its workflow and worked on.
const KILLED_AFTER: [u64; 6] = [3, 0, 10, 0, 30, 100];

async fn next_at(platform: &Platform, workflow: &str) -> Timestamp {
    let shown = platform.get(&format!("/api/workflows/{workflow}")).await;
    shown["workflow"]["next_at"].as_str().unwrap().parse().unwrap()
}

/// The due times that runs of the workflow worked on, the earliest first.
async fn due_times(platform: &Platform, workflow: &str) -> Vec<Timestamp> {
    let runs = platform.get(&format!("/api/runs?workflow={workflow}&state=succeeded")).await;
    let mut due = Vec::new();
    for run in runs["runs"].as_array().unwrap() {
        let run = platform.get(&format!("/api/runs/{}", run["id"].as_str().unwrap())).await;
        due.push(run["trigger"]["schedule"]["due_at"].as_str().unwrap().parse().unwrap());
    }
    due.sort();
    due
}

async fn done(platform: &Platform, due: Timestamp) {
    for (workflow, _) in WORKFLOWS {
        let is_done = async || {
            let due_times = due_times(platform, workflow).await;
            due_times.contains(&due).then_some(())
        };
        platform.wait_for(&format!("{workflow} to run for {due}"), is_done).await;
    }
}

/// What was posted, sorted.
async fn posted(platform: &Platform) -> Vec<String> {
    let outbox = platform.get("/api/outbox").await;
    let texts = outbox["outbox"].as_array().unwrap().iter().map(|entry| &entry["input"]["text"]);
    let mut texts: Vec<String> = texts.filter_map(Value::as_str).map(str::to_owned).collect();
    texts.sort();
    texts
}

/// Killed again and again from the due time on; the process that is left.
async fn killed_at(due: Timestamp, process: Process, given: &Given, dir: &Path) -> Process {
    let mut process = process;
    SystemClock.sleep(until(SystemClock.now(), due)).await;
    for millis in KILLED_AFTER {
        SystemClock.sleep(Duration::from_millis(millis)).await;
        process.kill();
        process = Process::start(given, dir).await;
    }
    process
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_due_time_is_one_run_whenever_the_process_is_killed() {
    let given = WORKFLOWS.iter().fold(Given::project(PROJECT), |given, (id, schedule)| {
        given.workflow(id, &TELLS.replace("SCHEDULE", schedule))
    });
    let folder = tempdir().unwrap();
    given.write(folder.path());
    let process = Process::start(&given, folder.path()).await;
    let first = next_at(&process.platform, "every").await;
    assert_eq!(next_at(&process.platform, "cron").await, first);
    let process = killed_at(first, process, &given, folder.path()).await;
    done(&process.platform, first).await;
    let missed = next_at(&process.platform, "every").await;
    process.kill();
    // It comes while nobody is there.
    SystemClock.sleep(until(SystemClock.now(), after(missed, Duration::from_secs(1)))).await;

    let process = Process::start(&given, folder.path()).await;
    let following = next_at(&process.platform, "cron").await;
    done(&process.platform, missed).await;
    // A second run of a time would have come by now.
    SystemClock.sleep(Duration::from_secs(2)).await;
    let mut expected = Vec::new();
    for (workflow, _) in WORKFLOWS {
        let mut due = due_times(&process.platform, workflow).await;
        // On a slow machine the next minute has begun.
        due.retain(|due| *due < following);
        assert!(due.contains(&first) && due.contains(&missed), "{workflow}: {due:?}");
        assert!(due.is_sorted_by(|one, next| after(*one, MINUTE) <= *next), "{workflow}: {due:?}");
        expected.extend(due.iter().map(|due| format!("due {due}")));
    }
    expected.sort();
    let mut posted = posted(&process.platform).await;
    posted.retain(|text| *text < format!("due {following}"));
    assert_eq!(posted, expected);
}
