//! Everything that lasts, in two DynamoDB tables: what was applied, and runs with all that belongs to
//! them.
//!
//! Invariant: a run changes only through `Write::apply`, on the condition that nobody has changed it
//! since it was read; the claim alone is a condition that DynamoDB checks by itself.

mod keys;
mod values;

use crate::blobs::Blobs;
use crate::clients::Clients;
use crate::stage::{Stage, StageError};
use std::sync::Arc;
use tradewind_engine::ports::Clock;

/// The two tables, and the bucket for what no item can hold.
#[derive(Clone)]
pub struct Store {
    dynamodb: aws_sdk_dynamodb::Client,
    definitions: String,
    runs: String,
    blobs: Blobs,
    clock: Arc<dyn Clock>,
}

impl Store {
    /// The tables of the stage.
    pub fn new(
        clients: &Clients,
        stage: &Stage,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StageError> {
        Ok(Self {
            dynamodb: clients.dynamodb(),
            definitions: stage.definitions_table()?.to_owned(),
            runs: stage.runs_table()?.to_owned(),
            blobs: Blobs::new(clients, stage)?,
            clock,
        })
    }
}
