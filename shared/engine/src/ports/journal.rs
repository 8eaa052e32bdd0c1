//! Carrying out what the protocol decided.

use super::Unavailable;
use crate::protocol::{Command, Committed};
use async_trait::async_trait;

/// What a received message is acknowledged with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Receipt(pub String);

/// Carries out lists of commands.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Carries the commands out in their order and stops at a write that is refused. It may do any
    /// prefix of them atomically. `receipt` is the message that led here: what `Ack` and `Hold` are
    /// about. On [`Unavailable`] any prefix may have been done.
    async fn commit(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Unavailable>;
}
