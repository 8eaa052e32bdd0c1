//! An action: the steps of all workflows that use it.

use super::Parts;
use super::batch::{Batches, Worker};
use super::files::NoFiles;
use async_trait::async_trait;
use lambda_runtime::Error;
use std::sync::Arc;
use tradewind_connectors::action::Action;
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_platform::Handled;
use tradewind_platform::execute::{Deadline, Executing, execute};
use tradewind_system::ReqwestHttp;

struct ActionWorker(Executing);

#[async_trait]
impl Worker for ActionWorker {
    async fn work(&self, receipt: &Receipt, body: &str) -> Result<Handled, Unavailable> {
        execute(&self.0, receipt, body).await
    }
}

pub(super) async fn serve(parts: &Parts, action: Action) -> Result<(), Error> {
    let queue = action.id.0.clone();
    let deadline = Deadline::default();
    let executing = Executing {
        deployed: parts.deployed.clone(),
        actions: Arc::new(vec![action]),
        journal: parts.journal()?,
        secrets: parts.secrets()?,
        tokens: Arc::new(parts.store.clone()),
        limits: parts.limits()?,
        http: Arc::new(ReqwestHttp::new()?),
        outbox: Arc::new(parts.store.clone()),
        files: Arc::new(NoFiles),
        clock: parts.clock.clone(),
        ids: parts.ids.clone(),
        times: parts.stage.times()?,
        deadline: deadline.clone(),
    };
    Batches::new(parts, queue, ActionWorker(executing), deadline)?.serve().await
}
