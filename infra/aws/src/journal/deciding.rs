//! The journal of the function that takes links: it records a decision and wakes the step, and nothing else.

use super::one_by_one::{CarriedOut, OneByOne, carry_out_all};
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
}

#[async_trait]
impl OneByOne for DecidingJournal {
    async fn carry_out(
        &self,
        _receipt: Option<&Receipt>,
        command: &Command,
        last: Option<&Run>,
    ) -> Result<CarriedOut, Unavailable> {
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
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        carry_out_all(self, receipt, commands).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::canned::Canned;
    use crate::stage::Stage;
    use serde_json::json;
    use std::sync::Arc;
    use tradewind_engine::protocol::{WakeUp, Write};
    use tradewind_memory::VirtualClock;

    /// What the journal does with the command, and what is asked of AWS for it.
    async fn commit(command: Command) -> (Result<Committed, Interrupted>, Vec<String>) {
        let canned = Canned::new(|_, _| (200, json!({ "MessageId": "1" })));
        let variables = [
            ("RUNS_TABLE", "runs"),
            ("DEFINITIONS_TABLE", "definitions"),
            ("BUCKET", "bucket"),
            ("QUEUES_URL", "https://sqs.us-east-1.amazonaws.com/1/tradewind-live-"),
        ];
        let stage = Stage::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let clock = Arc::new(VirtualClock::new("2026-03-01T08:00:00Z".parse().unwrap()));
        let clients = canned.clients();
        let store = Store::new(&clients, &stage, clock.clone()).unwrap();
        let journal = DecidingJournal::new(store, Queues::new(&clients, &stage, clock).unwrap());
        let committed = journal.commit(None, &[command]).await;
        (committed, canned.asked().into_iter().map(|(operation, _)| operation).collect())
    }

    fn wake(to: Queue) -> Command {
        let wake = WakeUp::new(&"run_1".into(), &"ask".into());
        Command::Send { to, wake, not_before: None, via: None }
    }

    #[tokio::test]
    async fn it_wakes_flow_steps_and_nothing_else() {
        let (committed, asked) = commit(wake(Queue::Flow)).await;
        assert_eq!((committed.is_ok(), asked.len()), (true, 1), "{asked:?}");
        let now = "2026-03-01T08:00:00Z".parse().unwrap();
        let write = Write { run: "run_1".into(), change: Change::Cancel { now } };
        for refused in [
            wake(Queue::Action("email.send".into())),
            Command::Write(write),
            Command::DeadLetter {
                of: Queue::Flow,
                wake: WakeUp::new(&"run_1".into(), &"ask".into()),
            },
            Command::Ack,
        ] {
            let (committed, asked) = commit(refused.clone()).await;
            let reason = committed.unwrap_err().unavailable.reason;
            assert_eq!(reason, "this function may decide and nothing else", "{refused:?}");
            assert_eq!(asked, [""; 0], "{refused:?}");
        }
    }
}
