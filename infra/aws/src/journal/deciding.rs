//! The journal of the function that takes links: it records a decision and wakes the step, and nothing else.

use crate::queues::{Queues, Routing};
use crate::store::Store;
use async_trait::async_trait;
use tradewind_engine::ports::{Interrupted, Journal, Receipt, Unavailable};
use tradewind_engine::protocol::{Change, Command, Committed};
use tradewind_engine::queues::Queue;
use tradewind_engine::runs::Run;

/// Carries out what follows a decision.
#[derive(Clone)]
pub struct DecidingJournal {
    store: Store,
    queues: Queues,
}

impl DecidingJournal {
    /// Over these.
    pub fn new(store: Store, queues: Queues) -> Self {
        Self { store, queues }
    }

    async fn carry_out(
        &self,
        command: &Command,
        last: Option<&Run>,
    ) -> Result<Result<Option<Run>, Option<Run>>, Unavailable> {
        match command {
            Command::Write(write) if matches!(write.change, Change::Decide { .. }) => {
                return Ok(self.store.write(write).await?.map(Some));
            }
            Command::Send { to: to @ Queue::Flow, wake, not_before, via } => {
                let workflow = last.filter(|run| run.id == wake.run).map(|run| &run.workflow);
                let routing = Routing { workflow, via: via.as_ref() };
                let body = super::text(wake);
                self.queues.send_routed(to.as_str(), body, *not_before, routing).await?;
                Ok(Ok(None))
            }
            _ => {
                let reason = "this function may decide and nothing else".to_owned();
                Err(Unavailable::new("journal", reason))
            }
        }
    }
}

#[async_trait]
impl Journal for DecidingJournal {
    async fn commit(
        &self,
        _receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        let mut last = None;
        for (done, command) in commands.iter().enumerate() {
            match self.carry_out(command, last.as_ref()).await {
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
}
