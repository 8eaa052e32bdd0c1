//! Carrying commands out.

use super::{Kind, Memory, State};
use crate::executor::step_aside;
use async_trait::async_trait;
use std::collections::BTreeMap;
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Interrupted, Journal, Receipt, Unavailable};
use tradewind_engine::protocol::{Command, Committed, Write};
use tradewind_engine::runs::Run;
use tradewind_engine::time::{Timestamp, after};

/// How much of a list of commands is done at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Atomicity {
    /// Every command on its own, as in a cloud: others may act, and a crash may fall, in between.
    EachCommand,
    /// All of them or none, as in one database.
    WholeList,
}

#[async_trait]
impl Journal for Memory {
    async fn commit(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        match self.atomicity {
            Atomicity::EachCommand => self.commit_each(receipt, commands).await,
            Atomicity::WholeList => Ok(self.commit_all(receipt, commands)?),
        }
    }
}

impl Memory {
    async fn commit_each(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        let mut last = None;
        for (done, command) in commands.iter().enumerate() {
            step_aside().await;
            let now = self.clock.now();
            {
                let mut state = self.state();
                if let Err(unavailable) = state.may_write(command) {
                    return Err(Interrupted { done, last, unavailable });
                }
                match state.carry_out(receipt, command, now) {
                    Ok(run) => last = run.or(last),
                    Err(current) => return Ok(Committed::Refused { current }),
                }
            }
            step_aside().await;
        }
        Ok(Committed::Applied(last))
    }

    fn commit_all(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Unavailable> {
        let now = self.clock.now();
        let mut state = self.state();
        commands.iter().try_for_each(|command| state.may_write(command))?;
        if let Some(run) = state.first_refusal(commands) {
            let current = state.runs.get(run).cloned().map(Box::new);
            return Ok(Committed::Refused { current });
        }
        let mut last = None;
        for command in commands {
            last = state.carry_out(receipt, command, now).ok().flatten().or(last);
        }
        Ok(Committed::Applied(last))
    }
}

impl State {
    /// Nothing is written over what cannot be read.
    fn may_write(&self, command: &Command) -> Result<(), Unavailable> {
        match command {
            Command::Write(write) => self.unread.check(Kind::Run, write.run.as_str()),
            Command::Record(record) => self.unread.check(Kind::Event, record.event.id.as_str()),
            _ => Ok(()),
        }
    }

    /// The run whose write would be refused.
    fn first_refusal<'a>(&self, commands: &'a [Command]) -> Option<&'a RunId> {
        let mut changed: BTreeMap<&RunId, Run> = BTreeMap::new();
        for command in commands {
            let Command::Write(write) = command else { continue };
            let current = changed.get(&write.run).or_else(|| self.runs.get(&write.run));
            match write.apply(current) {
                Ok(next) => changed.insert(&write.run, next),
                Err(_) => return Some(&write.run),
            };
        }
        None
    }

    /// Carries one command out: the run that it wrote, or the run as it stands when it was refused.
    fn carry_out(
        &mut self,
        receipt: Option<&Receipt>,
        command: &Command,
        now: Timestamp,
    ) -> Result<Option<Box<Run>>, Option<Box<Run>>> {
        match command {
            Command::Write(write) => return self.write(write),
            Command::Record(record) => {
                let kept = match self.events.get(&record.event.id) {
                    None => Some(record.clone()),
                    Some(stands) => stands.replaced_by(record),
                };
                if let Some(kept) = kept {
                    self.events.insert(kept.event.id.clone(), kept);
                }
            }
            Command::Mark(mark) => self.leave_mark(mark),
            Command::Unmark(mark) => self.remove_mark(mark),
            Command::Send { to, wake, not_before, .. } => {
                let visible_at = not_before.map_or(now, |not_before| not_before.max(now));
                self.queues.send(to.as_str(), text(wake), visible_at);
            }
            Command::Publish(event) => self.publish(event, now),
            Command::DeadLetter { of, wake } => {
                let reason = "the run stopped at this step";
                self.queues.bury(of.as_str(), text(wake), reason, now);
            }
            Command::Ack => receipt.into_iter().for_each(|one| self.queues.acknowledge(one)),
            Command::ShowAgain(pause) => {
                receipt.into_iter().for_each(|one| self.queues.show_at(one, after(now, *pause)));
            }
        }
        Ok(None)
    }

    fn write(&mut self, write: &Write) -> Result<Option<Box<Run>>, Option<Box<Run>>> {
        let current = self.runs.get(&write.run);
        match write.apply(current) {
            Ok(next) => {
                self.postponed.remove(&write.run);
                self.runs.insert(write.run.clone(), next.clone());
                Ok(Some(Box::new(next)))
            }
            Err(_) => Err(current.cloned().map(Box::new)),
        }
    }
}

fn text(wake: &tradewind_engine::protocol::WakeUp) -> String {
    serde_json::to_string(wake).expect("a wake-up is plain data")
}
