//! Lists of commands, carried out one after the other.

use async_trait::async_trait;
use tradewind_engine::ports::{Interrupted, Receipt, Unavailable};
use tradewind_engine::protocol::{Command, Committed};
use tradewind_engine::runs::Run;

/// The run that a command wrote, where it writes one, or the run as it stands when it was refused.
pub(super) type CarriedOut = Result<Option<Run>, Option<Run>>;

/// Carries out one command.
#[async_trait]
pub(super) trait OneByOne: Send + Sync {
    /// `last`: the run as the command before left it.
    async fn carry_out(
        &self,
        receipt: Option<&Receipt>,
        command: &Command,
        last: Option<&Run>,
    ) -> Result<CarriedOut, Unavailable>;
}

/// Each is begun only after the one before it has succeeded; whoever gave the list is told how many have.
pub(super) async fn carry_out_all(
    journal: &impl OneByOne,
    receipt: Option<&Receipt>,
    commands: &[Command],
) -> Result<Committed, Interrupted> {
    let mut last = None;
    for (done, command) in commands.iter().enumerate() {
        match journal.carry_out(receipt, command, last.as_ref()).await {
            Ok(Ok(run)) => last = run.or(last),
            Ok(Err(current)) => {
                return Ok(Committed::Refused { current: current.map(Box::new) });
            }
            Err(unavailable) => {
                return Err(Interrupted { done, last: last.map(Box::new), unavailable });
            }
        }
    }
    Ok(Committed::Applied(last.map(Box::new)))
}
