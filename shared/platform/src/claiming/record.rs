//! Recording how an attempt ended.
//!
//! Invariant: it is tried at least once, and again for as long as the claim's own time lasts.

use super::claimed::Claimed;
use crate::Handled;
use crate::commit::Commit;
use crate::deployed::Compiled;
use crate::listeners::drop_unheard_success;
use std::time::Duration;
use tradewind_engine::ids::StepPath;
use tradewind_engine::ports::{Interrupted, Unavailable};
use tradewind_engine::protocol::{
    Change, Command, Committed, EARLY, EndedAttempt, Outcome, conclude, on_lost_claim,
};
use tradewind_engine::runs::Run;
use tradewind_engine::time::Timestamp;

/// What else the outcome depends on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Circumstances {
    /// Whether the provider can be asked what happened.
    pub(crate) can_be_asked: bool,
    /// How long after a lost answer the provider's search shows what happened.
    pub(crate) search_lag: Duration,
    /// Whether the connection answers nobody at the moment.
    pub(crate) connection_is_down: bool,
}

/// What became of recording an outcome.
pub(crate) enum Recorded {
    /// It is recorded, or the message is left.
    Handled(Handled),
    /// The claim was lost meanwhile, or something was noted on the step; the run as it stands.
    Lost(Option<Box<Run>>),
}

impl Claimed<'_> {
    /// Records what came of the step; tried again and again, because what happened outside cannot be
    /// undone.
    pub(crate) async fn record(
        &self,
        compiled: &Compiled,
        outcome: Outcome,
        circumstances: Circumstances,
    ) -> Handled {
        match self.try_record(compiled, outcome.clone(), circumstances).await {
            Recorded::Handled(handled) => handled,
            Recorded::Lost(current) => self.record_late(current.as_deref(), &outcome).await,
        }
    }

    /// The same, where the run as it stands may lead to another outcome.
    pub(crate) async fn try_record(
        &self,
        compiled: &Compiled,
        outcome: Outcome,
        circumstances: Circumstances,
    ) -> Recorded {
        let (ports, run, path) = (self.ports, &*self.run, &self.path);
        let Circumstances { can_be_asked, search_lag, connection_is_down } = circumstances;
        let ended = EndedAttempt {
            run,
            path,
            flow: compiled,
            can_be_asked,
            search_lag,
            connection_is_down,
            now: ports.clock.now(),
            chance: ports.ids.random_unit(),
        };
        let commands = conclude(&ended, outcome);
        let commands = drop_unheard_success(commands, &ports.deployed).await;
        log(run, path, &commands, connection_is_down);
        Recorded::Handled(match self.commit(&commands).await {
            Ok(Committed::Applied(_)) => Handled::Settled,
            Ok(Committed::Refused { current }) => return Recorded::Lost(current),
            Err(interrupted) if interrupted.done > 0 => Handled::Left(format!(
                "the outcome is recorded, and what follows could not be sent: {}",
                interrupted.logged()
            )),
            Err(interrupted) => Handled::Left(format!(
                "the outcome could not be recorded: {}",
                interrupted.logged()
            )),
        })
    }

    /// The claim was lost meanwhile.
    pub(crate) async fn record_late(&self, current: Option<&Run>, outcome: &Outcome) -> Handled {
        let (run, path) = (&self.run, &self.path);
        let fence = self.step().map_or(0, |step| step.fence);
        tracing::warn!(run.id = %run.id, step.id = %path, step.fence = fence,
            outcome = kind(outcome), "an outcome came too late to count");
        let now = self.ports.clock.now();
        let commands = on_lost_claim(current, path, fence, outcome, now);
        match self.ports.journal.commit(Some(self.receipt), &commands).await {
            Ok(_) => Handled::Settled,
            Err(interrupted) => Handled::Left(interrupted.logged().to_string()),
        }
    }

    /// Carries out what a claim without an outcome comes to.
    pub(super) async fn settle(&self, commands: &[Command]) -> Result<Handled, Unavailable> {
        let committed = self.commit(commands).await.map_err(Interrupted::cause)?;
        if let Committed::Refused { .. } = committed {
            // Somebody has changed the run meanwhile: the message sees to that.
            let again = [Command::ShowAgain(EARLY)];
            let shown = self.ports.journal.commit(Some(self.receipt), &again).await;
            shown.map_err(Interrupted::cause)?;
        }
        Ok(Handled::Settled)
    }

    /// Carries out what the end of an attempt comes to, for as long as the claim's own time lasts.
    async fn commit(&self, commands: &[Command]) -> Result<Committed, Interrupted> {
        let claimed_at = self.step().and_then(|step| step.claimed_at);
        let gives_up_at = |claimed_at| self.ports.gives_up_at(claimed_at);
        let until = claimed_at.map_or(Timestamp::MIN, gives_up_at);
        let (journal, clock) = (&*self.ports.journal, &*self.ports.clock);
        let commit = Commit { journal, clock, receipt: Some(self.receipt), until };
        commit.all(commands, Some(&self.run)).await
    }
}

/// Without the texts, which may hold what providers repeat.
fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done(_) | Outcome::Emits(_) | Outcome::Cancels(_) => "done",
        Outcome::NotNeeded(_) => "not needed",
        Outcome::Error(_) => "error",
        _ => "no call",
    }
}

/// The reasons stay in the run: providers like to repeat addresses in them, and logs are read by others.
/// While a connection is down that is said once, not for each of its steps.
fn log(run: &Run, path: &StepPath, commands: &[Command], connection_is_down: bool) {
    let change = commands.iter().find_map(|command| match command {
        Command::Write(write) => Some(&write.change),
        _ => None,
    });
    match change {
        Some(Change::Fail { .. } | Change::Park { .. }) => {
            // No error of ours: the dead letter tells a person.
            tracing::warn!(run.id = %run.id, step.id = %path, "a step stopped its run");
        }
        Some(Change::Retry { next_at, .. } | Change::Doubt { next_at, .. })
            if !connection_is_down =>
        {
            tracing::warn!(run.id = %run.id, step.id = %path, %next_at, "a step will be tried again");
        }
        _ => tracing::debug!(run.id = %run.id, step.id = %path, "a step has ended"),
    }
}

#[cfg(test)]
mod tests;
