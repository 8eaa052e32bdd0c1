//! A step that asks people.

use crate::expressions::Template;
use crate::ids::StepPath;
use crate::problems::Place;
use std::time::Duration;

/// A step that asks people whether the run goes on. Who is told of it is told by steps right before it, one for
/// each: [`ActionStep::asks`](super::ActionStep::asks).
#[derive(Clone, Debug)]
pub struct Approval {
    /// What they are asked, as a text.
    pub question: Template,
    /// How long they have, counted from when the run comes to it.
    pub deadline: Duration,
    /// What follows where nobody approves.
    pub otherwise: Otherwise,
    /// Where it begins.
    pub place: Place,
    /// Where `otherwise` stands.
    pub otherwise_place: Place,
}

/// What follows a no, and a deadline that passed without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// The run is cancelled.
    Cancel,
    /// The step fails.
    Fail,
    /// The run goes on, and its next steps see what was said.
    Continue,
}

impl StepPath {
    /// Of a step that tells of an approval, the approval: `ask` of `ask[ops]`.
    pub fn of_approval(&self) -> Option<Self> {
        let (approval, _) = self.as_str().strip_suffix(']')?.rsplit_once('[')?;
        Some(approval.into())
    }
}
