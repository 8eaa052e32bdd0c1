//! The dispatchers of the events that the step may wait for.

use super::{COPIES_MAX, STEP, World, id_of, step_of};
use serde_json::json;
use tradewind_engine::protocol::{hear, on_heard};
use tradewind_engine::time::Timestamp;

/// An event that fits, and how far it was dispatched.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Happening {
    /// When it was accepted; nothing of one that comes only once the step's time is over.
    pub(super) accepted_at: Option<Timestamp>,
    messages: u8,
    pub(super) has_mark: bool,
    pub(super) is_recorded: bool,
    /// It was given to the workflows once, and its message was done with.
    pub(super) is_dispatched: bool,
}

impl Happening {
    /// Accepted at the beginning.
    pub(super) fn early() -> Self {
        Self { accepted_at: Some(Timestamp::UNIX_EPOCH), messages: 1, ..Self::default() }
    }

    /// Accepted once the step's time is over.
    pub(super) fn late() -> Self {
        Self::default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Dispatch {
    Mark,
    Record,
    Look,
    Hear,
    Send,
    Acknowledge,
}

impl World {
    pub(super) fn events_move(&self, nexts: &mut Vec<Self>) {
        let until = step_of(&self.run).work.flow_work().and_then(|work| work.until);
        for event in 0..self.events.len() {
            let is_late = self.events[event].accepted_at.is_none();
            if is_late && until.is_some_and(|until| until < self.now) {
                let mut next = self.clone();
                next.events[event] =
                    Happening { accepted_at: Some(self.now), ..Happening::early() };
                nexts.push(next);
            }
            let is_at_work = self.dispatchers.iter().any(|(one, _)| *one == event);
            if self.events[event].messages > 0 && !is_at_work {
                let mut next = self.clone();
                next.events[event].messages -= 1;
                next.dispatchers.push((event, Dispatch::Mark));
                nexts.push(next);
            }
            let was_sent_once = self.events[event].messages < COPIES_MAX;
            if self.budget.doubled > 0 && was_sent_once && is_at_work {
                let mut next = self.clone();
                next.budget.doubled -= 1;
                next.events[event].messages += 1;
                nexts.push(next);
            }
        }
        for (hand, (event, phase)) in self.dispatchers.iter().enumerate() {
            let mut next = self.clone();
            match next.dispatched(*event, *phase) {
                Some(phase) => next.dispatchers[hand].1 = phase,
                None => drop(next.dispatchers.remove(hand)),
            }
            nexts.push(next);
            if self.budget.crashes > 0 {
                let mut next = self.clone();
                next.budget.crashes -= 1;
                next.dispatchers.remove(hand);
                next.events[*event].messages += 1;
                nexts.push(next);
            }
        }
    }

    fn dispatched(&mut self, event: usize, phase: Dispatch) -> Option<Dispatch> {
        match phase {
            Dispatch::Mark => {
                self.events[event].has_mark = true;
                Some(Dispatch::Record)
            }
            Dispatch::Record => {
                self.events[event].is_recorded = true;
                Some(Dispatch::Look)
            }
            Dispatch::Look => Some(match self.has_mark {
                true => Dispatch::Hear,
                false => Dispatch::Acknowledge,
            }),
            Dispatch::Hear => {
                self.hear(event);
                let by_it = step_of(&self.run).work.heard() == Some(&id_of(event));
                Some(if by_it { Dispatch::Send } else { Dispatch::Acknowledge })
            }
            Dispatch::Send => {
                let wakes = on_heard(&self.run.clone(), &STEP.into());
                self.carry_out(&wakes, usize::MAX);
                Some(Dispatch::Acknowledge)
            }
            Dispatch::Acknowledge => {
                self.events[event].is_dispatched = true;
                None
            }
        }
    }

    pub(super) fn hear(&mut self, event: usize) -> bool {
        let output = Ok(json!({ "event": event }));
        let Some(accepted_at) = self.events[event].accepted_at else { return false };
        let id = (&id_of(event), accepted_at);
        let write = hear(&self.run.id, &STEP.into(), id, output, self.now);
        let applied = write.apply(Some(&self.run));
        applied.map(|run| self.run = run).is_ok()
    }
}
