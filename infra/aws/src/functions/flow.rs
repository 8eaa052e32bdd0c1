//! Flow steps: waits, loops, and what decides where a run goes. The runs of a loop are read, and their letters
//! settled, with the rights that carrying out commands takes.

use super::Parts;
use super::batch::{Batches, Way, Worker};
use async_trait::async_trait;
use lambda_runtime::Error;
use std::sync::Arc;
use tradewind_engine::ports::{Receipt, Unavailable};
use tradewind_engine::queues::FLOW_QUEUE;
use tradewind_engine::slots::LineRoom;
use tradewind_platform::Handled;
use tradewind_platform::claiming::{Claiming, Deadline};
use tradewind_platform::dispatch::Dispatching;
use tradewind_platform::flow::{Flowing, OneByOne, work_flow_step};

struct FlowWorker(Flowing);

#[async_trait]
impl Worker for FlowWorker {
    async fn work(&self, receipt: &Receipt, body: &str, _: &Way) -> Result<Handled, Unavailable> {
        work_flow_step(&self.0, receipt, body).await
    }
}

pub(super) async fn serve(parts: &Parts) -> Result<(), Error> {
    let deadline = Deadline::default();
    let claiming = Claiming {
        deployed: parts.deployed.clone(),
        journal: parts.journal()?,
        clock: parts.clock.clone(),
        ids: parts.ids.clone(),
        times: parts.stage.times()?,
        deadline: deadline.clone(),
    };
    let store = Arc::new(parts.store.clone());
    let dispatching = Arc::new(Dispatching {
        deployed: parts.deployed.clone(),
        journal: parts.journal()?,
        marks: store.clone(),
        runs: store.clone(),
        holds: store.clone(),
        events: store.clone(),
        clock: parts.clock.clone(),
    });
    let flowing = Flowing {
        claiming,
        runs: store.clone(),
        dead_letters: Arc::new(parts.letters()?),
        marks: store.clone(),
        events: store.clone(),
        slots: store,
        loops: OneByOne::default(),
        room: LineRoom::STANDARD,
        dispatching,
    };
    Batches::new(parts, FLOW_QUEUE.to_owned(), FlowWorker(flowing), deadline)?.serve().await
}
