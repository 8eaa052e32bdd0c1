//! Carrying out what the protocol decided: each command by itself, in its order.
//!
//! Invariant: a command is begun only after the one before it has succeeded, and whoever gave the list
//! is told how many have. A message is reported as
//! done by whoever received it, after its list; here it is only marked.

mod deciding;
mod one_by_one;
mod settled;
#[cfg(test)]
mod tests;

pub use deciding::DecidingJournal;
use one_by_one::{CarriedOut, OneByOne, carry_out_all};
pub use settled::{End, Settled};

use crate::bus::AwsBus;
use crate::letters::Letters;
use crate::queues::{Queues, Routing};
use crate::store::Store;
use async_trait::async_trait;
use std::sync::Arc;
use tradewind_engine::events::Event;
use tradewind_engine::ids::WorkflowId;
use tradewind_engine::ports::{Bus as _, Interrupted, Journal, Receipt, Unavailable};
use tradewind_engine::protocol::{Change, Command, Committed, WakeUp, Write};
use tradewind_engine::runs::Run;
use tradewind_platform::deployed::Deployed;

/// What the letter of a run that has stopped says of it.
const STOPPED: &str = "the run stopped at this step";

/// Carries commands out on AWS.
#[derive(Clone)]
pub struct AwsJournal {
    store: Store,
    queues: Queues,
    bus: AwsBus,
    letters: Letters,
    deployed: Arc<Deployed>,
    settled: Settled,
}

impl AwsJournal {
    /// Over these. `deployed` says which ends of runs a workflow waits for; what becomes of received
    /// messages is marked in `settled`.
    pub fn new(
        store: Store,
        queues: Queues,
        bus: AwsBus,
        letters: Letters,
        deployed: Arc<Deployed>,
        settled: Settled,
    ) -> Self {
        Self { store, queues, bus, letters, deployed, settled }
    }

    /// Most ends of runs are waited for by nobody: they need no way to the dispatch queue, and their
    /// loss is none.
    async fn publish(&self, event: &Event) -> Result<(), Unavailable> {
        if event.run.is_none() || self.is_awaited(event).await {
            return self.bus.publish(std::slice::from_ref(event)).await;
        }
        self.bus.notice(event).await;
        Ok(())
    }

    async fn is_awaited(&self, event: &Event) -> bool {
        // In doubt it is.
        let Ok(current) = self.deployed.current().await else { return true };
        current.workflows.iter().any(|head| !head.deleted && head.event == event.name)
    }

    async fn write(&self, write: &Write) -> Result<CarriedOut, Unavailable> {
        let run = match self.store.write(write).await? {
            Ok(run) => run,
            Err(current) => return Ok(Err(current)),
        };
        if matches!(write.change, Change::Replay { .. } | Change::Resolve { .. }) {
            // A letter that stays is a nuisance; a run that is not woken, until the sweeper is, a loss.
            if let Err(unavailable) = self.letters.forget_stop(&run).await {
                tracing::warn!(run.id = %run.id, error = %unavailable.logged(), "a settled letter may stay");
            }
        }
        Ok(Ok(Some(run)))
    }
}

#[async_trait]
impl OneByOne for AwsJournal {
    async fn carry_out(
        &self,
        receipt: Option<&Receipt>,
        command: &Command,
        last: Option<&Run>,
    ) -> Result<CarriedOut, Unavailable> {
        match command {
            Command::Write(write) => return self.write(write).await,
            Command::Record(record) => self.store.record(record).await?,
            Command::Mark(mark) => self.store.leave_mark(mark).await?,
            Command::Unmark(mark) => self.store.remove_mark(mark).await?,
            Command::Send { to, wake, not_before, via } => {
                let routing = Routing { workflow: workflow_of(wake, last), via: via.as_ref() };
                let (queue, body) = (to.as_str(), text(wake));
                self.queues.send_routed(queue, body, *not_before, routing).await?;
            }
            Command::Publish(event) => self.publish(event).await?,
            Command::DeadLetter { of, wake } => {
                self.letters.give_up(of.as_str(), &text(wake), STOPPED).await?;
            }
            Command::Ack => self.settled.mark(receipt, End::Done),
            Command::ShowAgain(pause) => {
                if let Some(receipt) = receipt {
                    self.queues.show_again(receipt, *pause).await?;
                }
                self.settled.mark(receipt, End::Held);
            }
        }
        Ok(Ok(None))
    }
}

#[async_trait]
impl Journal for AwsJournal {
    async fn commit(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        carry_out_all(self, receipt, commands).await
    }
}

/// Known only where the run was just written; elsewhere it is not worth a request.
fn workflow_of<'a>(wake: &WakeUp, last: Option<&'a Run>) -> Option<&'a WorkflowId> {
    last.filter(|run| run.id == wake.run).map(|run| &run.workflow)
}

fn text(wake: &WakeUp) -> String {
    serde_json::to_string(wake).expect("a wake-up is plain data")
}
