//! Whether a write was made although its answer was lost.

use super::write::{Change, Write};
use crate::ids::StepPath;
use crate::runs::Run;

impl Write {
    /// Whether `current` shows that this very change was made of `before`: for whoever makes it again
    /// because no answer came, and is refused. What others have done to the run since, apart from the
    /// step that it is about, makes no difference.
    pub fn was_made(&self, before: Option<&Run>, current: &Run) -> bool {
        let Ok(made) = self.apply(before) else { return false };
        if let Change::Decide { path, decision } = &self.change {
            // Whoever works on the step may have gone on with it.
            let question = current.steps.get(path).and_then(|step| step.work.question());
            return question.is_some_and(|question| question.decision.as_ref() == Some(decision));
        }
        match self.change.outcome_of() {
            Some(path) => made.steps.get(path) == current.steps.get(path),
            None => made == *current,
        }
    }
}

impl Change {
    /// The step whose outcome it records: only the holder of its claim does, and at a time of its own.
    fn outcome_of(&self) -> Option<&StepPath> {
        match self {
            Self::Complete { path, .. }
            | Self::RecordOnly { path, .. }
            | Self::Retry { path, .. }
            | Self::Postpone { path, .. }
            | Self::Wait { path, .. }
            | Self::TakeTurn { path, .. }
            | Self::AwaitTurn { path, .. }
            | Self::Ask { path, .. }
            | Self::Loop { path, .. }
            | Self::Reassign { path, .. }
            | Self::Doubt { path, .. }
            | Self::Fail { path, .. }
            | Self::Park { path, .. } => Some(path),
            Self::Start(_)
            | Self::Decide { .. }
            | Self::RecordBranch { .. }
            | Self::Reported { .. }
            | Self::Claim { .. }
            | Self::ClaimQuestion { .. }
            | Self::DeadLettered { .. }
            | Self::Hear { .. }
            | Self::LetIn { .. }
            | Self::LeaveSlot { .. }
            | Self::Replay { .. }
            | Self::Resolve { .. }
            | Self::Cancel { .. }
            | Self::CancelBy { .. }
            | Self::CheckLater { .. }
            | Self::Redact { .. } => None,
        }
    }
}
