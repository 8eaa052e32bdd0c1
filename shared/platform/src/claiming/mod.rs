//! Taking a run on at one step, whoever does it: a wake-up is answered with a claim, and what came of the
//! claimed step is recorded.
//!
//! Invariant: nothing is done about a step without a claim.

mod arrival;
mod claimed;
mod deadline;
mod record;

pub(crate) use arrival::{Answered, answer};
pub(crate) use claimed::Claimed;
pub use deadline::Deadline;
pub(crate) use record::{Circumstances, Recorded};

use crate::commit::Commit;
use crate::deployed::Deployed;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::ports::{Clock, Ids, Interrupted, Journal, Receipt, Unavailable};
use tradewind_engine::protocol::{Command, Committed, Times};
use tradewind_engine::runs::Run;
use tradewind_engine::time::{Timestamp, after, before};

/// How long before the process may be ended recording is given up: the message is left to show again
/// then.
const RECORD_MARGIN: Duration = Duration::from_secs(1);

/// What claiming needs.
pub struct Claiming {
    /// What was applied.
    pub deployed: Arc<Deployed>,
    /// Carries out commands.
    pub journal: Arc<dyn Journal>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub ids: Arc<dyn Ids>,
    /// Leases and visibility.
    pub times: Times,
    /// When the process may be ended, where that is known beforehand.
    pub deadline: Deadline,
}

impl Claiming {
    /// Whoever began at that moment gives up then: the process may be ended from then on.
    fn gives_up_at(&self, began_at: Timestamp) -> Timestamp {
        before(self.deadline.or_earlier(after(began_at, self.times.timeout)), RECORD_MARGIN)
    }

    /// Carries commands out that no claimed step led to.
    pub(crate) async fn commit(
        &self,
        receipt: Option<&Receipt>,
        began_at: Timestamp,
        commands: &[Command],
        run: Option<&Run>,
    ) -> Result<Committed, Unavailable> {
        let until = self.gives_up_at(began_at);
        let commit = Commit { journal: &*self.journal, clock: &*self.clock, receipt, until };
        commit.all(commands, run).await.map_err(Interrupted::cause)
    }
}
