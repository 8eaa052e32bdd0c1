//! Reading runs.

use super::list;
use super::stored::short;
use crate::store::Store;
use crate::store::items::{DueRow, Seeing};
use crate::store::keys::{self, Due, PK, RUN, SK};
use crate::store::values::{Item, get_text};
use async_trait::async_trait;
use std::time::Duration;
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Expiry, RunFilter, Runs, Unavailable};
use tradewind_engine::runs::Run;
use tradewind_engine::time::{Timestamp, after};

#[async_trait]
impl Runs for Store {
    async fn read(&self, run: &RunId) -> Result<Option<Run>, Unavailable> {
        Ok(self.read_stored(run).await?.map(|stored| stored.run.clone()))
    }

    async fn list(&self, filter: &RunFilter) -> Result<Vec<Run>, Unavailable> {
        list::list(self, filter).await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Run>, Unavailable> {
        let upto = after(now, Duration::from_nanos(1));
        let rows = self.due_before(Due::Check, upto, Some(RUN), limit).await?;
        let mut runs = self.runs_of(rows.into_iter().take(limit)).await?;
        // The index follows the runs at a distance.
        runs.retain(|run| run.check_at.is_some_and(|check_at| check_at <= now));
        runs.sort_by(|one, other| (one.check_at, &one.id).cmp(&(other.check_at, &other.id)));
        Ok(runs)
    }

    /// A run that ended and is not settled yet, because its dead letter is still to be sent, is the
    /// sweeper's first.
    async fn unredacted(
        &self,
        ended_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<Run>, Unavailable> {
        let rows = self.due_before(Due::Redact, ended_before, Some(RUN), limit).await?;
        let mut runs = self.runs_of(rows.into_iter().take(limit)).await?;
        runs.retain(|run| run.ended_at.is_some_and(|ended_at| ended_at < ended_before));
        Ok(runs)
    }

    async fn purge(&self, expiry: &Expiry, limit: usize) -> Result<usize, Unavailable> {
        super::purge::purge(self, expiry, limit).await
    }
}

impl Store {
    async fn runs_of(&self, rows: impl Iterator<Item = DueRow>) -> Result<Vec<Run>, Unavailable> {
        self.runs(rows.map(|row| keys::key(row.pk, row.sk)).collect()).await
    }

    /// The runs with these keys, in any order, without what stands beside their items. One that cannot be read hides no other: it is told of
    /// and left out.
    pub(super) async fn runs(&self, keys: Vec<Item>) -> Result<Vec<Run>, Unavailable> {
        let keys = keys.iter().filter_map(|key| {
            Some(keys::key(get_text(key, PK)?, get_text(key, SK).filter(|sk| *sk == RUN)?))
        });
        let items = self.items(keys.collect(), Seeing::AlmostEverything).await?;
        Ok(items.iter().filter_map(run_or_told).collect())
    }
}

fn run_or_told(item: &Item) -> Option<Run> {
    match short(item) {
        Ok(run) => Some(run),
        Err(unavailable) => {
            let id = get_text(item, PK).unwrap_or_default();
            tracing::error!(run.id = id, error = %unavailable, "a stored run cannot be read");
            None
        }
    }
}
