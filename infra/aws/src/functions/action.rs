//! An action: the steps of all workflows that use it.

use super::Parts;
use super::batch::{Batches, Way, Worker};
use super::files::NoFiles;
use crate::fresh_reads::{FreshAnswer, FreshQuestion, InvokedReads};
use crate::journal::{End, Settled};
use crate::limits::SharedLimits;
use crate::links::StageLinkKeys;
use crate::queues::{Queues, Routing};
use async_trait::async_trait;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use std::sync::Arc;
use tradewind_connectors::action::Action;
use tradewind_engine::ports::{FreshReads, NotRead, Receipt, Unavailable};
use tradewind_engine::stored::read_stored;
use tradewind_engine::time::{Timestamp, after};
use tradewind_engine::workflows::FRESH_READ;
use tradewind_platform::Handled;
use tradewind_platform::execute::{Deadline, Executing, ReadingAfresh, execute};
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
    // Whoever has the secrets of shops asks them itself.
    let is_asked = action.id.as_str() == FRESH_READ;
    let secrets = Arc::new(parts.secrets()?.of_action(&action));
    let actions = Arc::new(vec![action]);
    let deadline = Deadline::default();
    let limits = parts.limits()?;
    let http = Arc::new(GuardedHttp::new(parts.stage.allowed_hosts()?)?);
    let store = Arc::new(parts.store.clone());
    let fresh_reads: Arc<dyn FreshReads> = match is_asked {
        false => {
            let (limits, clock) = (limits.clone(), parts.clock.clone());
            Arc::new(InvokedReads::new(&parts.clients, &parts.stage, limits, clock)?)
        }
        true => Arc::new(ReadingAfresh {
            deployed: parts.deployed.clone(),
            actions: actions.clone(),
            secrets: secrets.clone(),
            tokens: store.clone(),
            limits: limits.clone(),
            http: http.clone(),
            outbox: store.clone(),
            files: Arc::new(NoFiles),
            clock: parts.clock.clone(),
            ids: parts.ids.clone(),
        }),
    };
    let executing = Executing {
        deployed: parts.deployed.clone(),
        actions,
        journal: parts.journal()?,
        secrets,
        tokens: store.clone(),
        link_keys: Arc::new(StageLinkKeys::new(&parts.clients, &parts.stage, parts.clock.clone())),
        fresh_reads: fresh_reads.clone(),
        limits: limits.clone(),
        http,
        outbox: store,
        files: Arc::new(NoFiles),
        clock: parts.clock.clone(),
        ids: parts.ids.clone(),
        times: parts.stage.times()?,
        deadline: deadline.clone(),
    };
    let (queues, settled) = (parts.queues()?, parts.settled.clone());
    let worker = ActionWorker { executing, limits, queues, settled };
    let batches = Batches::new(parts, queue, worker, deadline)?;
    match is_asked {
        false => batches.serve().await,
        true => serve_both(&batches, &*fresh_reads).await,
    }
}

/// Serves the messages of the queue, and whoever asks for an order to be read afresh.
async fn serve_both(
    batches: &Batches<ActionWorker>,
    fresh_reads: &dyn FreshReads,
) -> Result<(), Error> {
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        if event.payload.get("fresh_read").is_none() {
            let batch = serde_json::from_value(event.payload)?;
            let batch = LambdaEvent::new(batch, event.context);
            return Ok::<_, Error>(json!(batches.work_on_batch(batch).await));
        }
        let question = serde_json::to_vec(&event.payload)?;
        let read = match read_stored::<FreshQuestion>(&question) {
            Ok(question) => fresh_reads.read_afresh(&question.fresh_read).await,
            Err(unreadable) => Err(NotRead::NotNow { reason: unreadable.to_string() }),
        };
        Ok(json!(FreshAnswer::of(read)))
    }))
    .await
}
