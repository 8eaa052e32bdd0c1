//! Removing what has had its time.
//!
//! DynamoDB does most of it every day by the items' `ttl`. The purge removes what it has not: runs
//! that ended before the time to keep history was shortened, runs with parts or with branches, which go
//! with them, events of runs, and whatever a table without `ttl` would keep.

use super::parts::BLOB;
use super::stored::StoredHead;
use crate::store::Store;
use crate::store::items::{DueRow, Seeing};
use crate::store::keys::{self, AUDIT, DUE_AT, DUE_PK, Due, EVENT, LETTER, REPLY, RUN, SK};
use crate::store::marks::marks_in;
use crate::store::unread::id_in;
use crate::store::values::{Item, check_item, get_text, get_time};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::BTreeSet;
use tradewind_engine::audit::{AuditLine, Reply};
use tradewind_engine::events::EventRecord;
use tradewind_engine::ids::{EventId, RunId};
use tradewind_engine::jobs::Job;
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::ports::{Expiry, Unavailable};
use tradewind_engine::protocol::{Change, Write};
use tradewind_engine::runs::Run;
use tradewind_engine::stored::Unreadable;
use tradewind_engine::time::Timestamp;

/// How many rows of each partition are looked at: some must stay, and must not hide the others.
const ROWS_MAX: usize = 500;
/// How many items are asked about at the same time.
const AT_ONCE: usize = 16;

pub(super) async fn purge(
    store: &Store,
    expiry: &Expiry,
    limit: usize,
) -> Result<usize, Unavailable> {
    let data = expiry.history.max(expiry.events_given_up);
    let befores = [(Due::Purge, expiry.history), (Due::Redact, data), (Due::Reply, expiry.replies)];
    let mut rows: Vec<(DueRow, Due)> = Vec::new();
    for (due, before) in befores {
        let of_kind = store.due_before(due, before, None, ROWS_MAX).await?;
        rows.extend(of_kind.into_iter().map(|row| (row, due)));
    }

    // Runs first: what belongs to them goes with them, and events only after them.
    let (mut removed, mut gone) = (0, BTreeSet::new());
    for row in rows.iter().map(|(row, _)| row).filter(|row| row.at < expiry.history) {
        if let Some(run) = row.run().filter(|_| removed < limit)
            && store.remove_run(row, &run, expiry.history).await?
        {
            removed += 1;
            gone.insert(run);
        }
    }
    let is_left = |row: &DueRow| row.belongs_to().is_none_or(|run| !gone.contains(&run));
    rows.retain(|(row, _)| row.run().is_none() && is_left(row));
    let mut judged = stream::iter(rows)
        .map(|(row, due)| async move {
            let is_over = store.has_had_its_time(&row, due, expiry).await?;
            Ok::<_, Unavailable>(is_over.then_some(row))
        })
        .buffered(AT_ONCE);
    while removed < limit {
        let Some(row) = judged.try_next().await? else { break };
        if let Some(row) = row {
            removed += usize::from(store.remove_row(&row).await?);
        }
    }
    Ok(removed)
}

impl DueRow {
    /// The run whose own item it is.
    fn run(&self) -> Option<RunId> {
        let run = self.pk.strip_prefix(RUN)?.strip_prefix('#')?;
        (self.sk == RUN).then(|| run.into())
    }

    /// The run that what is no run belongs to.
    fn belongs_to(&self) -> Option<RunId> {
        let run = self.pk.strip_prefix(RUN)?.strip_prefix('#')?;
        (self.sk != RUN).then(|| run.into())
    }

    fn key(&self) -> Item {
        keys::key(&self.pk, &self.sk)
    }
}

fn not_read(item: &Item) -> Option<Unreadable> {
    StoredHead::of(item).err()
}

/// An error where a newer tradewind wrote the item of the row.
fn check_row(row: &DueRow, item: &Item) -> Result<(), Unreadable> {
    let kind = |kind: &str| row.sk.starts_with(kind);
    match () {
        () if kind(EVENT) => check_item::<EventRecord>(item),
        () if kind(LETTER) => check_item::<DeadLetter>(item),
        () if kind(AUDIT) => check_item::<AuditLine>(item),
        () if kind(REPLY) => check_item::<Reply>(item),
        () if kind(RUN) => check_item::<Run>(item),
        () => check_item::<Job>(item),
    }
}

impl Store {
    async fn has_had_its_time(
        &self,
        row: &DueRow,
        due: Due,
        expiry: &Expiry,
    ) -> Result<bool, Unavailable> {
        if let Some(event) = row.pk.strip_prefix(EVENT).and_then(|rest| rest.strip_prefix('#')) {
            let is_old = row.at < expiry.history;
            return Ok(is_old && self.runs_of_event(&EventId::from(event)).await?.is_empty());
        }
        // A letter with data, or an answer: that its time is over was asked of the index.
        if due == Due::Reply || (due == Due::Redact && row.at < expiry.events_given_up) {
            return Ok(true);
        }
        match row.belongs_to() {
            // The letter of a run that is kept stays with it; that of one that was removed just now has
            // gone with it.
            Some(run) => Ok(self.item(keys::run(&run)).await?.is_none()
                && self.item(row.key()).await?.is_some()),
            None => Ok(row.at < expiry.history),
        }
    }

    /// Removes a run and all that stands below its key; whether it was there still, as old as that.
    async fn remove_run(
        &self,
        row: &DueRow,
        run: &RunId,
        before: Timestamp,
    ) -> Result<bool, Unavailable> {
        // A branch that was written when each was due for itself stays for as long as its run.
        if run.root() != *run && self.item(keys::run(&run.root())).await?.is_some() {
            return Ok(false);
        }
        // The index follows the runs at a distance, and somebody may have taken it up again.
        let item = self.item(row.key()).await?;
        let is_old = |item: &Item| {
            let due = get_text(item, DUE_PK).map(str::to_owned);
            let is_over = [Due::Redact, Due::Purge].map(|due| due.partition_of(run.as_str()));
            due.is_some_and(|due| is_over.contains(&due))
                && get_time(item, DUE_AT).is_some_and(|at| at < before)
        };
        let Some(item) = item.filter(is_old) else { return Ok(false) };
        let unreadable = StoredHead::of(&item).err();
        let branches = self.items(self.branches_of(run).await?, Seeing::Everything).await?;
        let unread = unreadable.iter().cloned().chain(branches.iter().filter_map(not_read));
        if unread.into_iter().any(|why| why.is_newer()) {
            return Ok(false);
        }
        // Nobody takes one up that cannot be read.
        if unreadable.is_none() && super::stored::holds_data(&item) {
            // Nobody can take it up again from then on.
            let change = Change::Redact { now: self.clock.now() };
            if self.write(&Write { run: run.clone(), change }).await?.is_err() {
                return Ok(false);
            }
        }
        for id in branches.iter().map(id_in) {
            let branch = RunId::from(id.as_str());
            self.remove_collected(self.collection(&branch).await?).await?;
            self.cache.forget_run(&branch);
        }
        let mut items = self.collection(run).await?;
        // Before what says where they are.
        self.remove_items(marks_in(run, &items)).await?;
        items.retain(|item| get_text(item, SK) != Some(RUN));
        self.remove_collected(items).await?;
        self.cache.forget_run(run);
        self.remove_row(row).await
    }

    /// Whether it was removed: what a newer tradewind wrote stays for as long as that one says.
    async fn remove_row(&self, row: &DueRow) -> Result<bool, Unavailable> {
        let mut key = row.key();
        if let Some(mut item) = self.item(row.key()).await? {
            if check_row(row, &item).is_err() {
                return Ok(false);
            }
            // It may keep bytes in the bucket.
            key.extend(item.remove(BLOB).map(|blob| (BLOB.to_owned(), blob)));
        }
        self.remove_collected(vec![key]).await?;
        Ok(true)
    }
}
