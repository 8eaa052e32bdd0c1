//! What executing takes.

use crate::claiming::{Claiming, Deadline};
use crate::deployed::Deployed;
use std::sync::Arc;
use tradewind_connectors::action::Action;
use tradewind_engine::ports::{
    Clock, Files, FreshReads, Http, Ids, Journal, Limits, LinkKeys, Outbox, Secrets, Tokens,
};
use tradewind_engine::protocol::Times;

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
    /// The key of the links by which people decide approvals.
    pub link_keys: Arc<dyn LinkKeys>,
    /// Where orders are read afresh.
    pub fresh_reads: Arc<dyn FreshReads>,
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
    /// What claiming needs.
    pub fn claiming(&self) -> Claiming {
        Claiming {
            deployed: self.deployed.clone(),
            journal: self.journal.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            times: self.times,
            deadline: self.deadline.clone(),
        }
    }
}
