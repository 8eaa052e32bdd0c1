//! Everything that lasts, in two DynamoDB tables: what was applied, and runs with all that belongs to
//! them.
//!
//! Invariant: a run changes only through `Write::apply`, on the condition that nobody has changed it
//! since it was read; the claim alone is a condition that DynamoDB checks by itself.

mod audit;
mod daily_lists;
mod definitions;
mod dismissals;
mod events;
mod holds;
mod items;
mod jobs;
pub(crate) mod keys;
mod letters;
mod marks;
mod outbox;
mod process;
mod rare_lists;
mod refusals;
mod replies;
mod runs;
mod schedules;
mod slots;
mod stamped;
mod tokens;
mod unread;
pub(crate) mod values;
mod versions;
pub(crate) mod writes;

use crate::blobs::Blobs;
use crate::clients::Clients;
use crate::stage::{Stage, StageError};
use process::Process;
use runs::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tradewind_engine::ports::Clock;

/// The two tables, and the bucket for what no item can hold.
#[derive(Clone)]
pub struct Store {
    dynamodb: aws_sdk_dynamodb::Client,
    definitions: String,
    runs: String,
    blobs: Blobs,
    clock: Arc<dyn Clock>,
    keep_days: Arc<AtomicU64>,
    process: Arc<Process>,
    cache: Cache,
}

/// How long history is kept where nothing was applied that says so.
const KEEP_DAYS: u64 = 90;

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
            keep_days: Arc::new(AtomicU64::new(KEEP_DAYS)),
            process: Arc::default(),
            cache: Cache::default(),
        })
    }

    /// Says how many days history is kept: whoever reads what was applied says it, because DynamoDB
    /// is told with every run that ends when it may remove the run.
    pub fn set_keep_days(&self, days: u64) {
        self.keep_days.store(days, Ordering::Relaxed);
    }

    /// How long history is kept.
    fn history_length(&self) -> Duration {
        let days = u32::try_from(self.keep_days.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        Duration::from_secs(86_400).saturating_mul(days)
    }
}
