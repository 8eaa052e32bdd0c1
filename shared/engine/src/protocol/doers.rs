//! Who did the step that stopped a run, and who would do it now.

use crate::runs::StepRecord;
use std::time::Duration;

/// Who did the step that stopped a run, and who would do it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doers {
    /// How long the provider that did it remembers its key.
    pub key_window: Option<Duration>,
    /// Its connection is at another provider by now, or the provider's file says another effect.
    pub has_moved: bool,
    /// The provider that did it can still be asked whether it happened.
    pub can_be_asked: bool,
}

impl Doers {
    /// Whether a try of the step may have arrived at another provider, which cannot be asked.
    pub(super) fn is_beyond_asking(self, step: &StepRecord) -> bool {
        self.has_moved && !self.can_be_asked && step.key_at.is_some()
    }
}
