//! What executing takes.

use super::deadline::Deadline;
use crate::commit::Commit;
use crate::deployed::Deployed;
use std::sync::Arc;
use std::time::Duration;
use tradewind_connectors::action::Action;
use tradewind_engine::ports::{
    Clock, Files, Http, Ids, Interrupted, Journal, Limits, Outbox, Receipt, Secrets, Tokens,
    Unavailable,
};
use tradewind_engine::protocol::{Command, Committed, Times};
use tradewind_engine::runs::Run;
use tradewind_engine::time::{Timestamp, after, before};

/// How long before the process may be ended recording is given up: the message is left to show again
/// then.
const RECORD_MARGIN: Duration = Duration::from_secs(1);

/// What executing needs.
pub struct Executing {
    /// What was applied.
    pub deployed: Arc<Deployed>,
    /// The actions that are served here.
    pub actions: Arc<Vec<Action>>,
    /// Carries out commands.
    pub journal: Arc<dyn Journal>,
    /// The secrets.
    pub secrets: Arc<dyn Secrets>,
    /// Shared OAuth tokens.
    pub tokens: Arc<dyn Tokens>,
    /// Rate limits and breakers.
    pub limits: Arc<dyn Limits>,
    /// Calls to other services.
    pub http: Arc<dyn Http>,
    /// What sandbox connections keep.
    pub outbox: Arc<dyn Outbox>,
    /// Files of the project folder.
    pub files: Arc<dyn Files>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub ids: Arc<dyn Ids>,
    /// Leases and visibility.
    pub times: Times,
    /// When the process may be ended, where that is known beforehand.
    pub deadline: Deadline,
}

impl Executing {
    /// Whoever began at that moment gives up then: the process may be ended from then on.
    pub(super) fn gives_up_at(&self, began_at: Timestamp) -> Timestamp {
        before(self.deadline.or_earlier(after(began_at, self.times.timeout)), RECORD_MARGIN)
    }

    /// Carries commands out that no attempt led to.
    pub(super) async fn commit(
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
