//! Fingerprints of 128 bits: what makes two states the same.
//!
//! Invariant: everything that a later decision can depend on is in the print. What is left out is
//! there for people to read.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;
use tradewind_engine::protocol::{AfterFailure, Change, Command, Next, Write};
use tradewind_engine::runs::{Failure, Run, StepRecord};

/// A print in the making.
pub(crate) struct Print {
    low: DefaultHasher,
    high: DefaultHasher,
}

impl Print {
    /// The print of what `write` puts into it.
    pub(crate) fn of(write: impl FnOnce(&mut Self)) -> u128 {
        let mut print = Self { low: DefaultHasher::new(), high: DefaultHasher::new() };
        print.high.write_u8(1);
        write(&mut print);
        u128::from(print.low.finish()) << 64 | u128::from(print.high.finish())
    }
}

impl Hasher for Print {
    fn finish(&self) -> u64 {
        self.low.finish()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.low.write(bytes);
        self.high.write(bytes);
    }
}

/// A shared value with its print, which is taken once.
pub(crate) struct Kept<T> {
    value: Rc<T>,
    pub(crate) print: u128,
}

impl<T: Printed> Kept<T> {
    pub(crate) fn new(value: T) -> Self {
        let print = Print::of(|print| value.print(print));
        Self { value: Rc::new(value), print }
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { value: Rc::clone(&self.value), print: self.print }
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// What can be told apart by a print.
pub(crate) trait Printed {
    fn print(&self, print: &mut Print);
}

impl Printed for Run {
    fn print(&self, print: &mut Print) {
        let Self { state, resumed, steps, failure, dead_lettered, hops, check_at, .. } = self;
        (state, resumed, dead_lettered, hops, check_at, self.redacted_at).hash(print);
        if let Some(Failure { step, kind, .. }) = failure {
            (step, kind).hash(print);
        }
        for (path, step) in steps {
            path.hash(print);
            step.print(print);
        }
    }
}

impl Printed for StepRecord {
    fn print(&self, print: &mut Print) {
        let Self { state, fence, lease_until, claimed_at, attempts, asked, next_at, .. } = self;
        (state, fence, lease_until, claimed_at, attempts, asked, next_at).hash(print);
        self.work.question().map(|question| &question.decision).hash(print);
        (self.key_at, &self.claim, &self.output, self.tried.last().map(|tried| tried.at))
            .hash(print);
    }
}

impl Printed for Command {
    fn print(&self, print: &mut Print) {
        std::mem::discriminant(self).hash(print);
        match self {
            Self::Write(write) => write.print(print),
            Self::Send { wake, not_before, .. } => (wake, not_before).hash(print),
            Self::DeadLetter { wake, .. } => wake.hash(print),
            Self::Publish(event) => event.id.hash(print),
            Self::Record(record) => record.event.id.hash(print),
            Self::Mark(mark) | Self::Unmark(mark) => mark.key.hash(print),
            Self::Ack | Self::ShowAgain(_) => {}
        }
    }
}

impl Printed for Write {
    fn print(&self, print: &mut Print) {
        std::mem::discriminant(&self.change).hash(print);
        match &self.change {
            Change::Start(run) => run.print(print),
            Change::Claim { id, path, .. } | Change::ClaimQuestion { id, path, .. } => {
                (id, path).hash(print);
            }
            Change::Complete { path, fence, output, skipped, advance, .. } => {
                (path, fence, output, skipped, next(&advance.next)).hash(print);
            }
            Change::RecordOnly { path, fence, output, .. } => (path, fence, output).hash(print),
            Change::Retry { path, fence, next_at, arrived, .. } => {
                (path, fence, next_at).hash(print);
                std::mem::discriminant(arrived).hash(print);
            }
            Change::Postpone { path, fence, next_at, .. } => (path, fence, next_at).hash(print),
            Change::Wait { path, fence, until } => (path, fence, until).hash(print),
            Change::Ask { path, fence, until, .. } => (path, fence, until).hash(print),
            Change::TakeTurn { path, fence, advance, .. } => {
                (path, fence, next(&advance.next)).hash(print);
            }
            Change::AwaitTurn { path, fence, look_at, .. } => (path, fence, look_at).hash(print),
            Change::Decide { path, decision } => (path, decision.approved).hash(print),
            Change::Hear { path, event, output, .. } => {
                (path, event, output.is_ok()).hash(print);
            }
            Change::Loop { path, fence, items, .. } => (path, fence, items).hash(print),
            Change::RecordBranch { path, number, report, .. } => {
                (path, number, report).hash(print);
            }
            Change::Reported { resumed } => resumed.hash(print),
            Change::Reassign { path, fence, class, .. } => (path, fence, class).hash(print),
            Change::Doubt { path, fence, next_at, .. } => (path, fence, next_at).hash(print),
            Change::Fail { path, fence, then, .. } => {
                (path, fence).hash(print);
                match then {
                    AfterFailure::Advance(advance) => next(&advance.next).hash(print),
                    AfterFailure::FailRun(first) => first.hash(print),
                }
            }
            Change::Park { path, fence, kind, .. } => (path, fence, kind).hash(print),
            Change::DeadLettered { resumed } => resumed.hash(print),
            Change::Replay { resumed, ask, forget_key, .. } => {
                (resumed, ask, forget_key).hash(print)
            }
            Change::Resolve { resumed, output, .. } => (resumed, output).hash(print),
            Change::CheckLater { seen, check_at } => (seen, check_at).hash(print),
            Change::CancelBy { event, started_by, .. } => (event, started_by).hash(print),
            Change::Cancel { .. }
            | Change::Redact { .. }
            | Change::LetIn { .. }
            | Change::LeaveSlot { .. } => {}
        }
    }
}

fn next(next: &Next) -> Option<&str> {
    match next {
        Next::Step(plan) | Next::Wait(plan, _) | Next::Loop(plan, _) => Some(plan.path.as_str()),
        Next::End | Next::Cancel => None,
    }
}
