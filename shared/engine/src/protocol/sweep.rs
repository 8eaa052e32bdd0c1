//! The sweeper makes queues disposable: it finds every run that is due and not settled, and sends
//! again what its state asks for.

use super::command::Command;
use super::follow::{end, wake_all};
use super::write::{Change, Write};
use super::{BRANCHES_CHECK_AFTER, CHECK_AFTER};
use crate::runs::Run;
use crate::time::{Timestamp, after};

/// What to do about a run whose `check_at` has passed.
pub fn sweep(run: &Run, now: Timestamp) -> Vec<Command> {
    let Some(seen) = run.check_at.filter(|check_at| *check_at <= now) else { return Vec::new() };
    if run.state.is_terminal() {
        let mut commands = end(run);
        if !run.state.needs_a_person() || run.dead_lettered {
            let is_heard = !run.owes_news() && !run.has_open_branches();
            let check_at = (!is_heard).then(|| after(now, CHECK_AFTER));
            commands.push(check_later(run, seen, check_at));
        }
        return commands;
    }
    let next_at = run.steps.values().filter(|step| step.state.is_open()).filter_map(|s| s.next_at);
    let due = next_at.min().unwrap_or(now).max(now);
    let mut commands = wake_all(run, now, None);
    // The branches of a loop are looked at by themselves.
    let pause = if run.has_open_branches() { BRANCHES_CHECK_AFTER } else { CHECK_AFTER };
    commands.push(check_later(run, seen, Some(after(due, pause))));
    commands
}

fn check_later(run: &Run, seen: Timestamp, check_at: Option<Timestamp>) -> Command {
    Command::Write(Write { run: run.id.clone(), change: Change::CheckLater { seen, check_at } })
}
