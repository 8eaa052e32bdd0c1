//! A project's own events, which its workflows emit: what they are called, and where each came from.
//!
//! Invariant: how many events led to one another is counted in the event, so that a chain of them ends.

use crate::digests::hex;
use crate::ids::{EventId, RunId, StepPath, WorkflowId};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// What the name of every such event begins with.
pub const OWN_PREFIX: &str = "custom.";
/// The longest name: it travels as a word beside the event, for which the bus has 128 characters.
pub const OWN_NAME_BYTES_MAX: usize = 100;
/// So many events may lead to one another.
pub const CHAIN_MAX: u32 = 16;

/// Where an event came from that a workflow emitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emission {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Its run.
    pub run: RunId,
    /// The step.
    pub step: StepPath,
    /// The how-manieth of a chain it is: 1 where the run was started by an event that nobody emitted.
    pub depth: u32,
}

/// Whether it is the name of a project's own event, well formed or not.
pub fn is_own(name: &str) -> bool {
    name.starts_with(OWN_PREFIX)
}

/// Whether it is a name that a project may give to an event of its own: words of small letters, digits and
/// `_` with dots between them, behind `custom.`.
pub fn is_own_name(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    name.len() <= OWN_NAME_BYTES_MAX
        && name.strip_prefix(OWN_PREFIX).is_some_and(|rest| rest.split('.').all(is_word))
}

/// The id of the event that a step emits; `key` is the step's idempotency key, so that a repeated step is one
/// event.
pub fn emitted_id(key: &str) -> EventId {
    EventId(format!("evt_{}", hex(&digest(&SHA256, key.as_bytes()).as_ref()[..16])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_behind_the_prefix() {
        for name in ["custom.vip_order", "custom.order.vip2", "custom.2024"] {
            assert!(is_own_name(name), "{name}");
        }
        let long = format!("custom.{}", "a".repeat(OWN_NAME_BYTES_MAX));
        let wrong =
            ["custom.", "custom", "order.placed", "custom.Vip", "custom.a..b", "custom.a-b", &long];
        for name in wrong {
            assert!(!is_own_name(name), "{name}");
        }
    }
}
