//! Events on their way to the workflows that wait for them. The runs that wait for one are read with the rights
//! that carrying out commands takes.

use super::Parts;
use super::batch::{Batches, Way, Worker};
use crate::blobs::Blobs;
use crate::bus::{Envelope, Unopened};
use async_trait::async_trait;
use lambda_runtime::Error;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_platform::Handled;
use tradewind_platform::dispatch::{Dispatching, dispatch};
use tradewind_platform::execute::Deadline;

struct DispatchWorker {
    dispatching: Dispatching,
    blobs: Blobs,
    /// Of a batch, large events are worked on one at a time: a function has 256 MB.
    one_large: Semaphore,
}

#[async_trait]
impl Worker for DispatchWorker {
    async fn work(&self, receipt: &Receipt, body: &str, _: &Way) -> Result<Handled, Unavailable> {
        let _alone = match Envelope::is_claim(body) {
            true => self.one_large.acquire().await.ok(),
            false => None,
        };
        match Envelope::open(body, &self.blobs).await {
            Ok(event) => dispatch(&self.dispatching, receipt, &event).await,
            Err(Unopened::Damaged(reason)) => Ok(Handled::GiveUp(reason)),
            Err(newer @ Unopened::Unknown(_)) => Err(Unavailable::newer(newer.to_string())),
            Err(Unopened::Unavailable(unavailable)) => Err(unavailable),
        }
    }
}

pub(super) async fn serve(parts: &Parts) -> Result<(), Error> {
    let dispatching = Dispatching {
        deployed: parts.deployed.clone(),
        journal: parts.journal()?,
        marks: Arc::new(parts.store.clone()),
        holds: Arc::new(parts.store.clone()),
        events: Arc::new(parts.store.clone()),
        runs: Arc::new(parts.store.clone()),
        clock: parts.clock.clone(),
    };
    let blobs = Blobs::new(&parts.clients, &parts.stage)?;
    let worker = DispatchWorker { dispatching, blobs, one_large: Semaphore::new(1) };
    Batches::new(parts, DISPATCH_QUEUE.to_owned(), worker, Deadline::default())?.serve().await
}
