//! A wake-up arrives for an action: claim, effect, complete, send, acknowledge.
//!
//! The way of one: the message is answered with a claim, [`prepare`] finds what a call needs, [`call`] makes
//! it, and what came of it is recorded.
//!
//! Invariant: no call is made without a claim, and none after its lease.

mod attempt;
mod call;
mod executing;
mod prepare;

pub use crate::claiming::Deadline;
pub use executing::Executing;

use crate::Handled;
use crate::claiming::{Answered, answer};
use attempt::Attempt;
use tradewind_engine::ports::{Receipt, Unavailable};

/// Handles one message of an action's queue.
pub async fn execute(
    ports: &Executing,
    receipt: &Receipt,
    body: &str,
) -> Result<Handled, Unavailable> {
    let claiming = ports.claiming();
    match answer(&claiming, &ports.actions, receipt, body).await? {
        Answered::Claimed(claimed) => Attempt { ports, claimed }.work().await,
        Answered::Left(_) => Ok(Handled::GiveUp("its step is none of an action".to_owned())),
        Answered::Handled(handled) => Ok(handled),
    }
}

#[cfg(test)]
mod tests;
