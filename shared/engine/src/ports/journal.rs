//! Carrying out what the protocol decided.

use super::Unavailable;
use crate::protocol::{Command, Committed};
use crate::runs::Run;
use async_trait::async_trait;
use std::fmt;

/// What a received message is acknowledged with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Receipt(pub String);

/// A list of commands that was not carried out to its end.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{unavailable}")]
pub struct Interrupted {
    /// So many commands from its start were certainly done. What became of the next one is not known;
    /// where lists are carried out as a whole, what became of all that follow.
    pub done: usize,
    /// The run after the last write among those.
    pub last: Option<Box<Run>>,
    /// What did not answer.
    pub unavailable: Unavailable,
}

impl From<Unavailable> for Interrupted {
    /// Nothing is known to be done.
    fn from(unavailable: Unavailable) -> Self {
        Self { done: 0, last: None, unavailable }
    }
}

impl Interrupted {
    /// What did not answer, for whoever leaves the rest to somebody else.
    pub fn cause(self) -> Unavailable {
        self.unavailable
    }

    /// For the log: all causes, and where it came from.
    pub fn logged(&self) -> impl fmt::Display + '_ {
        self.unavailable.logged()
    }
}

/// Carries out lists of commands.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Carries the commands out in their order and stops at a write that is refused. It may do any
    /// prefix of them atomically. `receipt` is the message that led here: what `Ack` and `Hold` are
    /// about. On [`Interrupted`] the rest of the list may be given again: whatever of it was done
    /// already does no harm twice, or is refused.
    async fn commit(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted>;
}
