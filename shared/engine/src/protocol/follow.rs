//! What the state of a run asks to be sent. Sending it again does no harm, so this one answer serves
//! after a write, after a repeated message and in the sweeper.

use super::announce::end_event;
use super::branches::BranchWake;
use super::command::Command;
use super::turns::leave_wake;
use super::wake::{WakeKind, WakeUp};
use super::write::{Change, Write};
use crate::ids::{RunId, StepPath};
use crate::queues::Queue;
use crate::runs::{Items, Run, RunState, StepRecord, StepState};
use crate::time::Timestamp;

/// After a step's outcome was recorded, or a message for it came again: the wake-ups of the steps
/// that are ready or wait for their time, and `path`'s own where it is still open.
pub(super) fn follow(run: &Run, path: &StepPath) -> Vec<Command> {
    if run.state.is_terminal() {
        return end(run);
    }
    wake_where(run, |at, step| {
        let comes_next =
            matches!(step.state, StepState::Ready | StepState::Waiting | StepState::Looping);
        !step.waits_in_line() && (comes_next || (at == path && step.state.is_open()))
    })
}

/// The wake-ups of all steps that are open, none of them before `not_before`. What waits for a later time has
/// its message.
pub fn wake_all(run: &Run, now: Timestamp, not_before: Option<Timestamp>) -> Vec<Command> {
    let waits = |step: &StepRecord| step.state == StepState::Waiting && !step.is_due(now);
    let mut commands = wake_where(run, |_, step| step.state.is_open() && !waits(step));
    for command in &mut commands {
        if let Command::Send { not_before: at, .. } = command {
            *at = (*at).max(not_before);
        }
    }
    commands
}

/// What a run that has ended asks for: its announcement and, where a person is needed, its dead
/// letter as the last act.
pub(super) fn end(run: &Run) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    let settled = run.dead_lettered || run.state == RunState::Cancelled;
    // The end of a branch is the business of its run alone.
    if !settled && !run.quiet && run.branch.is_none() {
        commands.extend(end_event(run).map(Command::Publish));
    }
    if !settled && run.state.needs_a_person() {
        commands.extend(dead_letter(run));
        let change = Change::DeadLettered { resumed: run.resumed };
        commands.push(Command::Write(Write { run: run.id.clone(), change }));
    }
    commands.extend(report(run));
    commands.extend(leave_wake(run));
    commands.extend(wake_awaited(run));
    commands
}

/// The messages by which the branches of a record that has ended hear of that, as far as their own end is not known.
pub(super) fn wake_awaited(run: &Run) -> Vec<Command> {
    run.awaited_branches().map(|(path, number)| branch_wake(&run.id, path, number)).collect()
}

/// The message by which the record above learns of a branch, unless it knows of its end.
pub(super) fn report(branch: &Run) -> Option<Command> {
    let of = branch.branch.as_ref().filter(|_| branch.owes_report())?;
    Some(branch_wake(&of.parent, &of.step, of.number))
}

fn branch_wakes(run: &Run, path: &StepPath, items: &Items) -> Vec<Command> {
    items.open.keys().map(|number| branch_wake(&run.id, path, *number)).collect()
}

/// Asks whoever works on flow steps to look at a branch of a loop, and at the record above it.
pub(super) fn branch_wake(parent: &RunId, step: &StepPath, number: u32) -> Command {
    let path = BranchWake { step: step.clone(), number }.path();
    Command::Send { to: Queue::Flow, wake: WakeUp::new(parent, &path), not_before: None, via: None }
}

/// The letter for the step that stopped the run.
pub(super) fn dead_letter(run: &Run) -> Option<Command> {
    let wake = letter(run)?;
    let of = run.steps.get(&wake.path)?.work.queue();
    Some(Command::DeadLetter { of, wake })
}

/// What is in the dead letters about a run that has stopped.
pub fn letter(run: &Run) -> Option<WakeUp> {
    let failure = run.failure.as_ref()?;
    let step = run.steps.get(&failure.step)?;
    let kind = if run.state == RunState::Parked { WakeKind::Parked } else { WakeKind::Failed };
    let wake = WakeUp::new(&run.id, &failure.step);
    Some(WakeUp { kind: Some(kind), fence: Some(step.fence), ..wake })
}

fn wake_where(run: &Run, wanted: impl Fn(&StepPath, &StepRecord) -> bool) -> Vec<Command> {
    let open = run.steps.iter().filter(|(path, step)| wanted(path, step));
    open.flat_map(|(path, step)| match step.work.items().filter(|_| step.state.is_open()) {
        Some(items) => branch_wakes(run, path, items),
        None => vec![wake(run, path, step)],
    })
    .collect()
}

fn wake(run: &Run, path: &StepPath, step: &StepRecord) -> Command {
    let not_before: Option<Timestamp> = step.next_at;
    let (to, via) = (step.work.queue(), step.work.via().cloned());
    Command::Send { to, wake: WakeUp::new(&run.id, path), not_before, via }
}
