//! A message arrives for a branch of a loop: it begins, or the record above learns what became of it.
//!
//! Invariant: both records are read, and nothing is done that one of them does not ask for; so the message may
//! come any number of times.

use super::Flowing;
use super::ground::branch_input;
use crate::Handled;
use crate::deployed::Compiled;
use crate::people::acting::settle_letter;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::protocol::{
    BranchWake, Command, Committed, EARLY, NewBranch, WakeUp, cancelled_branch, is_to_be_told,
    new_branch, on_branch, on_known, record_branch, reported, start, unfit_branch,
};
use tradewind_engine::runs::{Branch, Run, RunState};
use tradewind_engine::time::Timestamp;

/// When a message shows again after somebody else changed one of the records at the same moment.
const AFTER_CONFLICT: Duration = Duration::from_secs(1);
/// How often a report is decided anew because somebody was faster.
const ROUNDS_MAX: usize = 8;

/// A branch, the record above, and the message that asks to look at both.
struct Looked<'a> {
    ports: &'a Flowing,
    receipt: &'a Receipt,
    wake: BranchWake,
    parent: Run,
    compiled: Arc<Compiled>,
}

/// Handles a message that names a branch.
pub(super) async fn work_branch(
    ports: &Flowing,
    receipt: &Receipt,
    message: &WakeUp,
    wake: BranchWake,
) -> Result<Handled, Unavailable> {
    let _alone = ports.loops.at(&message.run).await;
    let Some(parent) = ports.runs.read(&message.run).await? else {
        return Ok(Handled::GiveUp("there is no such run".to_owned()));
    };
    let deployed = &ports.claiming.deployed;
    let Some(compiled) = deployed.version(&parent.workflow, parent.version).await? else {
        let (version, workflow) = (parent.version, &parent.workflow);
        return Ok(Handled::GiveUp(format!("version {version} of {workflow} cannot be read")));
    };
    let branch = ports.runs.read(&Branch::id(parent.root(), &wake.step, wake.number)).await?;
    Looked { ports, receipt, wake, parent, compiled }.work(branch).await
}

impl Looked<'_> {
    async fn work(&self, branch: Option<Run>) -> Result<Handled, Unavailable> {
        let now = self.ports.claiming.clock.now();
        let asked = match on_branch(&self.parent, &self.wake, branch.as_ref(), now) {
            Ok(commands) => commands,
            Err(NewBranch::BeginCancelled) => {
                cancelled_branch(&self.parent, &self.wake, now).map(start).unwrap_or_default()
            }
            Err(NewBranch::Begin) => {
                let begun = match branch_input(&self.compiled, &self.parent, &self.wake) {
                    Ok(input) => {
                        let flow = &*self.compiled;
                        new_branch(&self.parent, &self.wake, input, flow, now).map(start)
                    }
                    Err(reason) => unfit_branch(&self.parent, &self.wake, reason, now),
                };
                begun.unwrap_or_default()
            }
        };
        let branch = match self.commit(&asked, branch.as_ref()).await? {
            Committed::Applied(changed) => changed.map(|run| *run).or(branch),
            Committed::Refused { .. } => return self.show_again(AFTER_CONFLICT).await,
        };
        match branch.filter(|branch| is_to_be_told(&self.parent, branch)) {
            Some(branch) if self.may_still_work(&branch, now) => self.show_again(EARLY).await,
            Some(branch) => {
                if branch.state == RunState::Cancelled {
                    // Where it had stopped, nobody is to see to it any more.
                    settle_letter(&*self.ports.dead_letters, &branch).await?;
                }
                self.report(&branch).await
            }
            None => self.acknowledge(Vec::new()).await,
        }
    }

    /// Whether a branch that was cancelled may be making its last call, of a run whose end lets in another one: that
    /// is not to work beside it.
    fn may_still_work(&self, branch: &Run, now: Timestamp) -> bool {
        let is_awaited = self.compiled.workflow.concurrency.is_some();
        is_awaited && branch.state == RunState::Cancelled && !branch.is_at_rest(now)
    }

    /// Tells the record above of the branch, as far as there is news.
    async fn report(&self, branch: &Run) -> Result<Handled, Unavailable> {
        let mut parent = Cow::Borrowed(&self.parent);
        for _ in 0..ROUNDS_MAX {
            let now = self.ports.claiming.clock.now();
            let Some(commands) = record_branch(&parent, branch, &*self.compiled, now) else {
                return self.known_above(&parent, branch).await;
            };
            match self.commit(&commands, Some(&parent)).await? {
                Committed::Applied(_) => return self.acknowledge(reported(branch)).await,
                // Others told of their branches at the same moment.
                Committed::Refused { current: Some(current) } => parent = Cow::Owned(*current),
                Committed::Refused { current: None } => break,
            }
        }
        self.show_again(AFTER_CONFLICT).await
    }

    /// The record above knows of the branch already, or cannot be told yet.
    async fn known_above(&self, parent: &Run, branch: &Run) -> Result<Handled, Unavailable> {
        match parent.state {
            // It hears of nothing until the steps after its failure are done.
            RunState::Failing => self.show_again(EARLY).await,
            _ if branch.state.is_terminal() => {
                let follow = on_known(parent, &self.wake.step);
                self.acknowledge(follow.into_iter().chain(reported(branch)).collect()).await
            }
            _ => self.acknowledge(Vec::new()).await,
        }
    }

    async fn acknowledge(&self, mut commands: Vec<Command>) -> Result<Handled, Unavailable> {
        commands.push(Command::Ack);
        match self.commit(&commands, None).await? {
            Committed::Applied(_) => Ok(Handled::Settled),
            Committed::Refused { .. } => self.show_again(AFTER_CONFLICT).await,
        }
    }

    async fn show_again(&self, pause: Duration) -> Result<Handled, Unavailable> {
        self.commit(&[Command::ShowAgain(pause)], None).await?;
        Ok(Handled::Settled)
    }

    async fn commit(
        &self,
        commands: &[Command],
        before: Option<&Run>,
    ) -> Result<Committed, Unavailable> {
        let now = self.ports.claiming.clock.now();
        self.ports.claiming.commit(Some(self.receipt), now, commands, before).await
    }
}
