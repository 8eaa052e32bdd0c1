//! Events on their way to the workflows that wait for them.

use super::Parts;
use super::batch::{Batches, Worker};
use crate::blobs::Blobs;
use crate::bus::{Envelope, Unopened};
use async_trait::async_trait;
use lambda_runtime::Error;
use tradewind_engine::ports::{DISPATCH_QUEUE, Receipt, Unavailable};
use tradewind_platform::Handled;
use tradewind_platform::dispatch::{Dispatching, dispatch};
use tradewind_platform::execute::Deadline;

struct DispatchWorker {
    dispatching: Dispatching,
    blobs: Blobs,
}

#[async_trait]
impl Worker for DispatchWorker {
    async fn work(&self, receipt: &Receipt, body: &str) -> Result<Handled, Unavailable> {
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
        clock: parts.clock.clone(),
    };
    let blobs = Blobs::new(&parts.clients, &parts.stage)?;
    let worker = DispatchWorker { dispatching, blobs };
    Batches::new(parts, DISPATCH_QUEUE.to_owned(), worker, Deadline::default())?.serve().await
}
