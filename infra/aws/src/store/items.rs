//! Requests that every kind of item in the runs table has in common.

use super::Store;
use super::keys::{DUE, DUE_AT, DUE_PK, Due, PK, SK};
use super::values::{Item, get_text, get_time, text, time};
use crate::clients::unavailable;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{DeleteRequest, KeysAndAttributes, WriteRequest};
use futures::future::try_join_all;
use std::collections::HashMap;
use std::time::Duration;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::Timestamp;

pub(super) const SERVICE: &str = "DynamoDB";
/// How many keys one request reads, and how many it removes.
const READ_MAX: usize = 100;
const REMOVE_MAX: usize = 25;
/// How often what a request left undone is asked for again.
const ROUNDS_MAX: u32 = 8;
const PAUSE: Duration = Duration::from_millis(25);

/// Whether a read must see every write before it. It costs twice as much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seeing {
    Everything,
    AlmostEverything,
}

/// A row of the index of what is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DueRow {
    pub(super) at: Timestamp,
    pub(super) pk: String,
    pub(super) sk: String,
}

impl Store {
    /// The item as it stands, every write before seen.
    pub(super) async fn item(&self, key: Item) -> Result<Option<Item>, Unavailable> {
        let get = self.dynamodb.get_item().table_name(&self.runs).set_key(Some(key));
        let answer = get.consistent_read(true).send().await;
        Ok(answer.map_err(|failed| unavailable(SERVICE, &failed))?.item)
    }

    /// The items that are there, in any order.
    pub(super) async fn items(
        &self,
        keys: Vec<Item>,
        seeing: Seeing,
    ) -> Result<Vec<Item>, Unavailable> {
        let pages = keys.chunks(READ_MAX).map(|page| self.page(page.to_vec(), seeing));
        Ok(try_join_all(pages).await?.into_iter().flatten().collect())
    }

    async fn page(&self, mut keys: Vec<Item>, seeing: Seeing) -> Result<Vec<Item>, Unavailable> {
        let (mut items, mut round) = (Vec::new(), 0);
        while !keys.is_empty() {
            self.pause(round).await?;
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(seeing == Seeing::Everything)
                .build();
            let wanted = wanted.map_err(|_| too_much("the keys could not be asked for"))?;
            let answer = self.dynamodb.batch_get_item().request_items(&self.runs, wanted).send();
            let answer = answer.await.map_err(|failed| unavailable(SERVICE, &failed))?;
            let found = answer.responses.unwrap_or_default().remove(&self.runs);
            let found = found.unwrap_or_default();
            // What fits into no answer of 16 MB is left for the next, which can be asked for at once.
            round = if found.is_empty() { round + 1 } else { 0 };
            items.extend(found);
            let left = answer.unprocessed_keys.unwrap_or_default().remove(&self.runs);
            keys = left.map(|left| left.keys).unwrap_or_default();
        }
        Ok(items)
    }

    /// Removes the items; those that are not there are no error.
    pub(super) async fn remove_items(&self, keys: Vec<Item>) -> Result<(), Unavailable> {
        for page in keys.chunks(REMOVE_MAX) {
            let (mut left, mut round) = (Vec::new(), 0);
            for key in page {
                let delete = DeleteRequest::builder().set_key(Some(key.clone())).build();
                let delete = delete.map_err(|_| too_much("the keys could not be removed"))?;
                left.push(WriteRequest::builder().delete_request(delete).build());
            }
            while !left.is_empty() {
                self.pause(round).await?;
                round += 1;
                let requests = HashMap::from([(self.runs.clone(), left)]);
                let batch = self.dynamodb.batch_write_item().set_request_items(Some(requests));
                let answer = batch.send().await.map_err(|failed| unavailable(SERVICE, &failed))?;
                let unprocessed = answer.unprocessed_items.unwrap_or_default().remove(&self.runs);
                left = unprocessed.unwrap_or_default();
            }
        }
        Ok(())
    }

    async fn pause(&self, round: u32) -> Result<(), Unavailable> {
        match round {
            0 => Ok(()),
            ROUNDS_MAX.. => Err(too_much("it left requests undone")),
            _ => {
                self.clock.sleep(PAUSE * 2_u32.pow(round)).await;
                Ok(())
            }
        }
    }

    /// A query of the runs table.
    pub(super) fn query(&self) -> QueryFluentBuilder {
        self.dynamodb.query().table_name(&self.runs)
    }

    /// The first rows that the query gives, over as many pages as it takes, at most `limit`.
    pub(super) async fn rows(
        &self,
        query: QueryFluentBuilder,
        limit: usize,
    ) -> Result<Vec<Item>, Unavailable> {
        self.rows_where(query, limit, |_| true).await
    }

    async fn rows_where(
        &self,
        query: QueryFluentBuilder,
        limit: usize,
        is_wanted: impl Fn(&Item) -> bool,
    ) -> Result<Vec<Item>, Unavailable> {
        let mut pages = query.into_paginator().items().send();
        let mut rows = Vec::new();
        while rows.len() < limit {
            let Some(row) = pages.next().await else { break };
            let row = row.map_err(|failed| unavailable(SERVICE, &failed))?;
            if is_wanted(&row) {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    /// What is due of this kind before that moment, the oldest first: at most `limit` of each
    /// partition, of those alone whose keys begin with `prefix`, where one is given.
    pub(super) async fn due_before(
        &self,
        due: Due,
        before: Timestamp,
        prefix: Option<&str>,
        limit: usize,
    ) -> Result<Vec<DueRow>, Unavailable> {
        self.due_from(due, before, prefix, None, limit).await
    }

    /// The same, behind that row.
    pub(super) async fn due_from(
        &self,
        due: Due,
        before: Timestamp,
        prefix: Option<&str>,
        from: Option<&(Timestamp, String)>,
        limit: usize,
    ) -> Result<Vec<DueRow>, Unavailable> {
        let first = from.map_or(Timestamp::MIN, |(at, _)| *at);
        let last = before.checked_sub(Duration::from_nanos(1)).unwrap_or(before);
        if last < first {
            return Ok(Vec::new());
        }
        let partitions = due.partitions().map(|partition| {
            let query = self
                .query()
                .index_name(DUE)
                .key_condition_expression(format!(
                    "{DUE_PK} = :partition AND {DUE_AT} BETWEEN :first AND :last"
                ))
                .expression_attribute_values(":partition", text(partition))
                .expression_attribute_values(":first", time(first))
                .expression_attribute_values(":last", time(last));
            let query = match prefix {
                None => query,
                Some(prefix) => query
                    .filter_expression(format!("begins_with({PK}, :prefix)"))
                    .expression_attribute_values(":prefix", text(prefix)),
            };
            let is_behind = move |row: &Item| {
                let place = get_time(row, DUE_AT).zip(get_text(row, PK));
                from.is_none_or(|(at, pk)| place > Some((*at, pk.as_str())))
            };
            self.rows_where(query, limit, is_behind)
        });
        let rows = try_join_all(partitions).await?;
        let mut rows: Vec<DueRow> = rows.iter().flatten().filter_map(DueRow::of).collect();
        rows.sort();
        Ok(rows)
    }
}

impl DueRow {
    fn of(row: &Item) -> Option<Self> {
        let (pk, sk) = (get_text(row, PK)?.to_owned(), get_text(row, SK)?.to_owned());
        Some(Self { at: get_time(row, DUE_AT)?, pk, sk })
    }
}

pub(super) fn too_much(reason: &str) -> Unavailable {
    Unavailable::new(SERVICE, reason.to_owned())
}
