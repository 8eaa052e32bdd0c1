//! What an approval asks people, and what one of them said.

use super::run::Run;
use super::step::{StepRecord, StepState};
use crate::ids::StepPath;
use crate::texts::cut;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A longer question is cut where it is stored: it is read on one page.
pub const QUESTION_CHARACTERS_MAX: usize = 2_000;
/// A longer name of who decided is cut.
const DECIDED_BY_CHARACTERS_MAX: usize = 200;

/// What people are asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Question {
    /// The text.
    pub text: String,
    /// The IANA zone in which people read times, where the project named one when it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// What somebody said: the first one counts, and no other is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// What somebody decided.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Decision {
    /// Yes, or no.
    pub approved: bool,
    /// Who: the name of a token, or through which connection the link came and what name was given there.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Question {
    /// Nobody has answered it yet.
    pub fn new(text: &str) -> Self {
        Self { text: cut(text, QUESTION_CHARACTERS_MAX), timezone: None, decision: None }
    }

    /// The same, for people in that zone.
    #[must_use]
    pub fn in_zone(self, timezone: Option<&str>) -> Self {
        Self { timezone: timezone.map(str::to_owned), ..self }
    }

    /// What the steps behind see; where nobody answered, its time has run out.
    pub fn output(&self) -> Value {
        let Some(Decision { approved, by, at }) = &self.decision else {
            return json!({ "approved": false, "decision": "expired", "by": null, "at": null });
        };
        let decision = if *approved { "approved" } else { "declined" };
        json!({ "approved": approved, "decision": decision, "by": by, "at": at })
    }

    /// What is said of it where nobody approved.
    pub fn refusal(&self) -> String {
        match &self.decision {
            Some(decision) => format!("declined by {}", decision.by),
            None => "nobody decided before the deadline".to_owned(),
        }
    }

    /// Whether somebody said yes.
    pub fn is_approved(&self) -> bool {
        self.decision.as_ref().is_some_and(|decision| decision.approved)
    }
}

impl Run {
    /// The messages of this approval that did not go out for good, while the question opened all the same: whoever
    /// they were for does not know of it.
    pub fn untold(&self, approval: &StepPath) -> impl Iterator<Item = (&StepPath, &StepRecord)> {
        let is_message = move |path: &StepPath| {
            let behind = path.as_str().strip_prefix(approval.as_str());
            behind.is_some_and(|behind| behind.starts_with('[') && behind.ends_with(']'))
        };
        let failed = self.steps.iter().filter(|(_, step)| step.state == StepState::Failed);
        failed.filter(move |(path, _)| is_message(path))
    }
}

impl Decision {
    /// At that time, by them.
    pub fn new(approved: bool, by: &str, at: Timestamp) -> Self {
        Self { approved, by: cut(by, DECIDED_BY_CHARACTERS_MAX), at }
    }
}
