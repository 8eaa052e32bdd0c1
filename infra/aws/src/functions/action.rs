//! An action: the steps of all workflows that use it.

use super::Parts;
use super::batch::{Batches, Way, Worker};
use super::files::NoFiles;
use crate::journal::{End, Settled};
use crate::limits::SharedLimits;
use crate::links::StageLinkKeys;
use crate::queues::{Queues, Routing};
use async_trait::async_trait;
use lambda_runtime::Error;
use std::sync::Arc;
use tradewind_connectors::action::Action;
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::time::{Timestamp, after};
use tradewind_platform::Handled;
use tradewind_platform::execute::{Deadline, Executing, execute};
use tradewind_system::GuardedHttp;

struct ActionWorker {
    executing: Executing,
    limits: Arc<SharedLimits>,
    queues: Queues,
    settled: Settled,
}

#[async_trait]
impl Worker for ActionWorker {
    async fn work(&self, receipt: &Receipt, body: &str, way: &Way) -> Result<Handled, Unavailable> {
        if let Some(via) = &way.via {
            let now = self.executing.clock.now();
            if let Some(pause) = self.limits.leaves_alone(via, now).await {
                self.wait(receipt, body, way, after(now, pause)).await?;
                return Ok(Handled::Settled);
            }
        }
        execute(&self.executing, receipt, body).await
    }
}

impl ActionWorker {
    /// Lets the message wait for its connection without claiming its step. It is sent anew, because each
    /// time that the same one shows counts towards the queue's dead letters, and an outage may be long.
    async fn wait(
        &self,
        receipt: &Receipt,
        body: &str,
        way: &Way,
        until: Timestamp,
    ) -> Result<(), Unavailable> {
        let action = self.executing.actions.first().map_or("", |action| action.id.as_str());
        let routing = Routing { workflow: way.workflow.as_ref(), via: way.via.as_ref() };
        self.queues.send_routed(action, body.to_owned(), Some(until), routing).await?;
        self.settled.mark(Some(receipt), End::Done);
        Ok(())
    }
}

pub(super) async fn serve(parts: &Parts, action: Action) -> Result<(), Error> {
    let queue = action.id.0.clone();
    let deadline = Deadline::default();
    let limits = parts.limits()?;
    let executing = Executing {
        deployed: parts.deployed.clone(),
        actions: Arc::new(vec![action]),
        journal: parts.journal()?,
        secrets: parts.secrets()?,
        tokens: Arc::new(parts.store.clone()),
        link_keys: Arc::new(StageLinkKeys::new(&parts.clients, &parts.stage, parts.clock.clone())),
        limits: limits.clone(),
        http: Arc::new(GuardedHttp::new(parts.stage.allowed_hosts()?)?),
        outbox: Arc::new(parts.store.clone()),
        files: Arc::new(NoFiles),
        clock: parts.clock.clone(),
        ids: parts.ids.clone(),
        times: parts.stage.times()?,
        deadline: deadline.clone(),
    };
    let (queues, settled) = (parts.queues()?, parts.settled.clone());
    let worker = ActionWorker { executing, limits, queues, settled };
    Batches::new(parts, queue, worker, deadline)?.serve().await
}
