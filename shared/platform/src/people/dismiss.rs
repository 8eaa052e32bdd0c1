//! A person has seen what a dead letter tells of, and wants no alarm about it any more.
//!
//! Invariant: nothing but the letter goes. A run that stopped stays as it is, is still found by its state and
//! can be taken up again; an event keeps its record. Who dismissed it is the audit log's.

use tradewind_engine::ports::{DeadLetters, Unavailable};

/// Why a letter stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDismissed {
    /// It is not there.
    #[error("there is no dead letter {0}")]
    NotFound(String),
    /// A store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Removes the letter, and the message that keeps its alarm up where there is one.
pub async fn dismiss(letters: &dyn DeadLetters, id: &str) -> Result<(), NotDismissed> {
    match letters.dismiss(id).await? {
        true => Ok(()),
        false => Err(NotDismissed::NotFound(id.to_owned())),
    }
}
