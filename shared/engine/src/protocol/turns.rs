//! A run's turn in its slot: it takes it or waits for it, is let in, and leaves.
//!
//! Invariant: who waits is let in by a conditional change of its record, and works because its record says so. Who
//! has ended or stopped keeps its `check_at` until those behind it know.

use super::LEASE_GRACE;
use super::apply::{Refused, check_after, end_step, ensure, forget_check, worked_on};
use super::command::Command;
use super::follow::follow;
use super::wake::WakeUp;
use super::write::{Change, Write};
use crate::ids::{RunId, StepPath};
use crate::queues::Queue;
use crate::runs::{FlowKind, Run, Stands, StepRecord, StepState};
use crate::slots::SlotKey;
use crate::time::{Timestamp, after};

/// The meaning of [`Change::TakeTurn`], less what follows.
pub(super) fn take(step: &mut StepRecord, slot: &SlotKey, now: Timestamp) -> Result<(), Refused> {
    ensure(asks(step))?;
    end_step(step, StepState::Done, now, None);
    step.note_turn(slot, Stands::AtWork);
    Ok(())
}

/// The meaning of [`Change::AwaitTurn`].
pub(super) fn wait(step: &mut StepRecord, slot: &SlotKey, look_at: Timestamp) {
    step.state = StepState::Waiting;
    step.claim = None;
    step.lease_until = None;
    step.next_at = Some(look_at);
    step.reason = None;
    step.note_turn(slot, Stands::InLine);
}

/// Whether it is the step by which a run asks for its turn.
pub(super) fn asks(step: &StepRecord) -> bool {
    step.work.flow_work().is_some_and(|work| work.flow == FlowKind::Slot)
}

/// Whether the run of this step was let in.
pub(super) fn is_at_work(step: &StepRecord) -> bool {
    step.work.turn().is_some_and(|turn| turn.stands == Stands::AtWork)
}

/// The meaning of [`Change::LetIn`]. Whoever holds the step finds it noted.
pub(super) fn let_in(run: &mut Run, slot: &SlotKey, now: Timestamp) -> Result<(), Refused> {
    let step = worked_on(run, &StepPath::slot())?;
    ensure(step.state.is_open() && !is_at_work(step))?;
    step.note_turn(slot, Stands::AtWork);
    if matches!(step.state, StepState::Waiting | StepState::Retry) {
        step.next_at = Some(now);
        check_after(run, now);
    }
    Ok(())
}

/// The meaning of [`Change::LeaveSlot`].
pub(super) fn leave(run: &mut Run, slot: &SlotKey) -> Result<(), Refused> {
    ensure(run.state.is_terminal() && run.owes_turn())?;
    let step = run.steps.get_mut(&StepPath::slot()).ok_or(Refused)?;
    step.note_turn(slot, Stands::Gone);
    forget_check(run);
    Ok(())
}

/// The message by which those behind a run in its slot learn of its end, unless they know.
pub(super) fn leave_wake(run: &Run) -> Option<Command> {
    let owes = run.state.is_terminal() && run.owes_turn();
    owes.then(|| Command::Send {
        to: Queue::Flow,
        wake: WakeUp::new(&run.id, &StepPath::slot()),
        not_before: None,
        via: None,
    })
}

/// What a run in that slot is told whose turn has come.
pub fn let_in_write(run: &RunId, slot: &SlotKey, now: Timestamp) -> Write {
    Write { run: run.clone(), change: Change::LetIn { slot: slot.clone(), now } }
}

/// What a run that was let in asks to be sent.
pub fn on_let_in(run: &Run) -> Vec<Command> {
    let path = StepPath::slot();
    let is_open = run.steps.get(&path).is_some_and(|step| step.state.is_open());
    if is_open && run.works_on(&path) { follow(run, &path) } else { Vec::new() }
}

/// Notes that those behind the run in that slot know of its end.
pub fn leave_slot(run: &Run, slot: &SlotKey) -> Vec<Command> {
    let write = Write { run: run.id.clone(), change: Change::LeaveSlot { slot: slot.clone() } };
    if write.apply(Some(run)).is_ok() { vec![Command::Write(write)] } else { Vec::new() }
}

impl Run {
    /// Whether nothing is done about it any more: it has ended or stopped, with the branches of its loops.
    pub fn is_at_rest(&self, now: Timestamp) -> bool {
        self.state.is_terminal() && !self.has_open_branches() && self.works_until(now).is_none()
    }

    /// Until when an attempt may still be made although the run has ended or stopped, as it may of one that was
    /// cancelled.
    pub fn works_until(&self, now: Timestamp) -> Option<Timestamp> {
        let claims = self.steps.values().filter_map(|step| {
            let is_held = matches!(step.state, StepState::Running | StepState::Unknown);
            step.lease_until.filter(|_| is_held && !step.lease_has_ended(now))
        });
        claims.max().map(|until| after(until, LEASE_GRACE))
    }
}
