//! The events: what became of each, and beside it its data, which goes first.

use super::Store;
use super::items::Seeing;
use super::keys::{self, Due, EVENT, LIST_SK, PK};
use super::runs::{BLOB, ITEM_BYTES_MAX, holds_data};
use super::values::{
    Item, damaged, deflated, get_packed, get_text, get_time, inflated, packed, short_digest, text,
    time,
};
use super::writes::{put_if, update_if};
use async_trait::async_trait;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{Decision, EventRecord, Events, Unavailable};
use tradewind_engine::time::{Timestamp, after};
use tradewind_engine::unmapped::UNMAPPED;

/// All but the data.
const RECORD: &str = "record";
/// The data, unless it is in the bucket.
const DATA: &str = "data";
/// What is known of a delivery that could not be read: it is short, and is listed.
const UNREAD: &str = "unread";
const MAKES_WAY: &str = "makes_way";
const REDACTED_AT: &str = "redacted_at";
/// How many events are put together, or asked about, at the same time.
const AT_ONCE: usize = 16;
/// How many events are asked about in one go whether a run of theirs holds data.
const CANDIDATES_MAX: usize = 500;

/// What is removed when an event is redacted.
#[derive(Serialize, Deserialize)]
struct Data {
    data: Map<String, Value>,
    raw: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

impl Store {
    /// Keeps what became of an event. The first record stays, except one that makes way.
    pub async fn record(&self, record: &EventRecord) -> Result<(), Unavailable> {
        let item = self.event_item(record).await?;
        let put = self
            .dynamodb
            .put_item()
            .table_name(&self.runs)
            .set_item(Some(item))
            .condition_expression(format!("attribute_not_exists({PK}) OR #makes_way = :true"))
            .expression_attribute_names("#makes_way", MAKES_WAY)
            .expression_attribute_values(":true", AttributeValue::Bool(true));
        put_if(put).await.map(|_| ())
    }

    async fn event_item(&self, record: &EventRecord) -> Result<Item, Unavailable> {
        let mut bare = record.clone();
        let data = Data {
            data: std::mem::take(&mut bare.event.data),
            raw: bare.event.raw.take(),
            notes: std::mem::take(&mut bare.event.notes),
        };
        let event = &record.event;
        let is_unread = event.name == UNMAPPED;
        let (id, accepted_at) = (event.id.as_str(), event.accepted_at);
        let mut item = keys::event(&event.id);
        item.insert(RECORD.to_owned(), packed(&bare));
        item.insert(MAKES_WAY.to_owned(), AttributeValue::Bool(record.makes_way()));
        keys::put_listed(&mut item, EVENT, accepted_at, id);
        if let Some(redacted_at) = record.redacted_at {
            item.insert(REDACTED_AT.to_owned(), time(redacted_at));
            keys::put_due(&mut item, Due::Purge, id, accepted_at);
        } else {
            keys::put_due(&mut item, Due::Redact, id, accepted_at);
        }
        // An event stays for as long as a run of it does. Most have none.
        let is_run = |decision: &Decision| matches!(decision, Decision::Run(_));
        if !record.verdicts.iter().any(|verdict| is_run(&verdict.decision)) {
            keys::put_ttl(&mut item, accepted_at, self.kept());
        }
        let data = match is_unread {
            true => {
                item.insert(UNREAD.to_owned(), packed(&data.data));
                Data { data: Map::new(), ..data }
            }
            false => data,
        };
        let bytes = deflated(&data);
        if bytes.len() > ITEM_BYTES_MAX {
            // The same event has the same data whenever it comes.
            let digest = (short_digest(id.as_bytes()), short_digest(&bytes));
            let blob = format!("parts/event/{}/{}", digest.0, digest.1);
            self.blobs.put(&blob, Bytes::from(bytes)).await?;
            item.insert(BLOB.to_owned(), text(blob));
        } else {
            item.insert(DATA.to_owned(), AttributeValue::B(Blob::new(bytes)));
        }
        Ok(item)
    }

    /// `whole`: with what stands in the bucket, which lists do without.
    async fn event_record(&self, item: &Item, whole: bool) -> Result<EventRecord, Unavailable> {
        let lost = || damaged(get_text(item, PK).unwrap_or("an event"));
        let mut record: EventRecord = get_packed(item, RECORD).ok_or_else(lost)?;
        let data: Option<Data> = match (item.get(DATA), get_text(item, BLOB)) {
            (Some(AttributeValue::B(data)), _) => Some(inflated(data.as_ref()).ok_or_else(lost)?),
            (_, Some(blob)) if whole => {
                let bytes = self.blobs.get(blob).await?.ok_or_else(lost)?;
                Some(inflated(&bytes).ok_or_else(lost)?)
            }
            _ => None,
        };
        if let Some(data) = data {
            (record.event.data, record.event.raw) = (data.data, data.raw);
            record.event.notes = data.notes;
        }
        if let Some(data) = get_packed(item, UNREAD) {
            record.event.data = data;
        }
        record.redacted_at = get_time(item, REDACTED_AT);
        Ok(record)
    }

    async fn event_or_told(&self, item: &Item) -> Option<EventRecord> {
        match self.event_record(item, false).await {
            Ok(record) => Some(record),
            Err(unavailable) => {
                let id = get_text(item, PK).unwrap_or_default();
                tracing::error!(event.id = id, error = %unavailable, "a stored event cannot be read");
                None
            }
        }
    }

    async fn has_run_with_data(&self, event: &EventId) -> Result<bool, Unavailable> {
        let runs = self.runs_of_event(event).await?;
        let keys: Vec<Item> = runs.iter().filter_map(keys::key_of).collect();
        let runs = self.items(keys, Seeing::AlmostEverything).await?;
        Ok(runs.iter().any(holds_data))
    }
}

#[async_trait]
impl Events for Store {
    async fn read(&self, event: &EventId) -> Result<Option<EventRecord>, Unavailable> {
        match self.item(keys::event(event)).await? {
            Some(item) => Ok(Some(self.event_record(&item, true).await?)),
            None => Ok(None),
        }
    }

    async fn list(
        &self,
        before: Option<&EventId>,
        limit: usize,
    ) -> Result<Vec<EventRecord>, Unavailable> {
        let place = match before {
            None => None,
            Some(event) => match self.item(keys::event(event)).await? {
                Some(item) => get_text(&item, LIST_SK).map(str::to_owned),
                // Its time was over: so is that of all that were accepted before it.
                None => return Ok(Vec::new()),
            },
        };
        let keys = self.listed(EVENT, place.as_deref(), limit, |query| query).await?;
        let items = self.items(keys, Seeing::AlmostEverything).await?;
        let records =
            stream::iter(items).map(|item| async move { self.event_or_told(&item).await });
        let records = records.buffered(AT_ONCE).filter_map(async |record| record);
        let mut records: Vec<EventRecord> = records.collect().await;
        records.sort_by_cached_key(|record| {
            let event = &record.event;
            std::cmp::Reverse(keys::list_place(event.accepted_at, event.id.as_str()))
        });
        Ok(records)
    }

    async fn unredacted(
        &self,
        accepted_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<EventId>, Unavailable> {
        let prefix = format!("{EVENT}#");
        let rows =
            self.due_before(Due::Redact, accepted_before, Some(&prefix), CANDIDATES_MAX).await?;
        let events = rows.iter().filter_map(|row| row.pk.strip_prefix(&prefix));
        let events: Vec<EventId> = events.map(EventId::from).collect();
        let mut judged = stream::iter(events)
            .map(|event| async move {
                let stays = self.has_run_with_data(&event).await?;
                Ok::<_, Unavailable>((!stays).then_some(event))
            })
            .buffered(AT_ONCE);
        let mut unredacted = Vec::new();
        while unredacted.len() < limit {
            let Some(event) = judged.try_next().await? else { break };
            unredacted.extend(event);
        }
        Ok(unredacted)
    }

    /// First what is in the bucket, then the rest: until then the event is due for it again.
    async fn redact(&self, event: &EventId, now: Timestamp) -> Result<(), Unavailable> {
        let Some(item) = self.item(keys::event(event)).await? else { return Ok(()) };
        if item.contains_key(REDACTED_AT) {
            return Ok(());
        }
        if let Some(blob) = get_text(&item, BLOB) {
            self.blobs.remove(blob).await?;
        }
        // The run that the event had has ended by now, and history does not last longer than from
        // now on.
        let remove_at = after(now, self.kept()).as_second();
        let update = self
            .dynamodb
            .update_item()
            .table_name(&self.runs)
            .set_key(Some(keys::event(event)))
            .condition_expression(format!("attribute_exists({PK})"))
            .update_expression(
                "SET #redacted_at = if_not_exists(#redacted_at, :now), #due_pk = :purge, \
                 #ttl = if_not_exists(#ttl, :remove_at) REMOVE #data, #blob, #unread",
            )
            .expression_attribute_names("#redacted_at", REDACTED_AT)
            .expression_attribute_names("#due_pk", keys::DUE_PK)
            .expression_attribute_names("#ttl", keys::TTL)
            .expression_attribute_names("#data", DATA)
            .expression_attribute_names("#blob", BLOB)
            .expression_attribute_names("#unread", UNREAD)
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":purge", text(Due::Purge.partition_of(event.as_str())))
            .expression_attribute_values(":remove_at", super::values::number(remove_at));
        update_if(update).await.map(|_| ())
    }
}
