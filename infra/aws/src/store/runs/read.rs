//! Reading runs.

use super::list;
use super::stored::{CHECK_AT, short};
use crate::store::Store;
use crate::store::items::{DueRow, Seeing};
use crate::store::keys::{self, DUE_AT, Due, PK, RUN, SK};
use crate::store::unread::{NotRead, id_in, id_of, told_apart};
use crate::store::values::{Item, get_text, time};
use crate::store::writes::update_if;
use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use std::collections::BTreeMap;
use std::time::Duration;
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Expiry, Hidden, Page, Place, RunFilter, Runs, Unavailable};
use tradewind_engine::runs::Run;
use tradewind_engine::time::{Timestamp, after};

/// How many entries of the index are moved at the same time.
const AT_ONCE: usize = 16;
/// How many runs are looked at in one go for those that are overdue, and how often: while there are more
/// rows, the sweeper is moving them.
const PAGE: usize = 200;
const PAGES_MAX: usize = 20;

#[async_trait]
impl Runs for Store {
    async fn read(&self, run: &RunId) -> Result<Option<Run>, Unavailable> {
        Ok(self.read_stored(run).await?.map(|stored| stored.run.clone()))
    }

    async fn list(&self, filter: &RunFilter) -> Result<Page<Run, RunId>, Unavailable> {
        list::list(self, filter).await
    }

    async fn due(
        &self,
        now: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Page<Run, Place>, Unavailable> {
        let upto = after(now, Duration::from_nanos(1));
        let (mut page, places) = self.page_of(Due::Check, upto, from, limit).await?;
        let is_early = |run: &Run| run.check_at.is_some_and(|check_at| check_at > now);
        let early = page.records.iter().filter(|run| is_early(run)).filter_map(|run| {
            let met = places.get(&keys::run_pk(&run.id))?.at;
            Some(self.list_later(&run.id, met, run.check_at?))
        });
        stream::iter(early.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).count().await;
        page.records.retain(|run| is_due(run, now));
        page.records
            .sort_by(|one, other| (one.check_at, &one.id).cmp(&(other.check_at, &other.id)));
        Ok(page)
    }

    /// Its place in the index alone: nothing else about the item is changed.
    async fn postpone_check(&self, met: &Place, until: Timestamp) -> Result<(), Unavailable> {
        let update = self
            .dynamodb
            .update_item()
            .table_name(&self.runs)
            .set_key(Some(keys::run(&RunId::from(met.id.as_str()))))
            .condition_expression("#due_at = :met")
            .update_expression("SET #due_at = :until")
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_values(":met", time(met.at))
            .expression_attribute_values(":until", time(until));
        update_if(update).await.map(|_| ())
    }

    /// A run that ended and is not settled yet, because its dead letter is still to be sent, is the
    /// sweeper's first.
    async fn unredacted(
        &self,
        ended_before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Page<Run, Place>, Unavailable> {
        let (mut page, _) = self.page_of(Due::Redact, ended_before, from, limit).await?;
        page.records.retain(|run| run.ended_at.is_some_and(|ended_at| ended_at < ended_before));
        // Those that were written when each was due for itself.
        page.records.retain(|run| run.branch.is_none());
        Ok(page)
    }

    async fn branches(&self, run: &RunId) -> Result<Vec<RunId>, Unavailable> {
        let keys = self.branches_of(run).await?;
        Ok(keys.iter().map(|key| RunId::from(id_in(key).as_str())).collect())
    }

    async fn purge(&self, expiry: &Expiry, limit: usize) -> Result<usize, Unavailable> {
        super::purge::purge(self, expiry, limit).await
    }
}

impl Store {
    /// How many runs have been due since that moment or longer, at most `most`. Unlike `due` it writes
    /// nothing.
    pub async fn overdue(&self, since: Timestamp, most: usize) -> Result<usize, Unavailable> {
        let upto = after(since, Duration::from_nanos(1));
        let (mut overdue, mut from) = (0, None);
        for _ in 0..PAGES_MAX {
            let (page, _) = self.page_of(Due::Check, upto, from.as_ref(), PAGE).await?;
            overdue += page.records.iter().filter(|run| is_due(run, since)).count();
            from = page.next;
            if overdue >= most || from.is_none() {
                break;
            }
        }
        Ok(overdue.min(most))
    }

    /// Moves the entry of a run that was met before its time to where its check is. Of a run that has
    /// changed since it stays; whatever fails is met again in a minute.
    async fn list_later(&self, run: &RunId, met: Timestamp, check_at: Timestamp) {
        let update = self
            .dynamodb
            .update_item()
            .table_name(&self.runs)
            .set_key(Some(keys::run(run)))
            .condition_expression("#due_at = :met AND #check_at = :check_at")
            .update_expression("SET #due_at = :check_at")
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_names("#check_at", CHECK_AT)
            .expression_attribute_values(":met", time(met))
            .expression_attribute_values(":check_at", time(check_at));
        if let Err(error) = update_if(update).await {
            tracing::warn!(run.id = %run, error = %error.logged(), "the next check of a run could not be put off");
        }
    }

    /// A page of the runs that are due so before that moment, behind that place; and the places of all
    /// its rows, by their keys.
    async fn page_of(
        &self,
        due: Due,
        before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<(Page<Run, Place>, BTreeMap<String, Place>), Unavailable> {
        let from = from.map(|place| (place.at, format!("{RUN}#{}", place.id)));
        let mut rows = self.due_from(due, before, Some(RUN), from.as_ref(), limit).await?;
        rows.truncate(limit);
        let place = |row: &DueRow| Place { at: row.at, id: id_of(&row.pk).to_owned() };
        let next = rows.last().filter(|_| rows.len() == limit).map(place);
        // Those of no run stand beside the runs, and are the purge's.
        rows.retain(|row| row.sk == RUN);
        let places: BTreeMap<_, _> = rows.iter().map(|row| (row.pk.clone(), place(row))).collect();
        let keys = rows.iter().map(|row| keys::key(&row.pk, &row.sk)).collect();
        let (records, hidden) = self.runs(keys, &places).await?;
        Ok((Page { records, hidden, next }, places))
    }

    /// The runs with these keys, in any order, without what stands beside their items; and those that
    /// cannot be read, with their places where these are known. One hides no other.
    pub(super) async fn runs(
        &self,
        keys: Vec<Item>,
        places: &BTreeMap<String, Place>,
    ) -> Result<(Vec<Run>, Vec<Hidden>), Unavailable> {
        let keys = keys.iter().filter_map(|key| {
            Some(keys::key(get_text(key, PK)?, get_text(key, SK).filter(|sk| *sk == RUN)?))
        });
        let items = self.items(keys.collect(), Seeing::AlmostEverything).await?;
        let read = items.iter().map(|item| {
            let known = get_text(item, PK).and_then(|pk| places.get(pk)).cloned();
            let unknown = || Place { at: Timestamp::UNIX_EPOCH, id: id_in(item) };
            (known.unwrap_or_else(unknown), short(item).map_err(NotRead::from))
        });
        Ok(told_apart(read.collect()))
    }
}

/// The index follows the runs at a distance, and its entries may be early.
fn is_due(run: &Run, now: Timestamp) -> bool {
    run.check_at.is_some_and(|check_at| check_at <= now)
}
