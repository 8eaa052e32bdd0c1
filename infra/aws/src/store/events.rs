//! The events: what became of each, and beside it its data, which goes first.

use super::Store;
use super::daily_lists::ALL;
use super::items::{SERVICE, Seeing};
use super::keys::{self, Due, EVENT, LIST_SK, PK};
use super::runs::{BLOB, ITEM_BYTES_MAX, holds_data};
use super::unread::{NotRead, id_in, id_of, told_apart};
use super::values::{
    IS_KNOWN, Item, V, check_item, deflated, get_packed, get_text, get_time, inflated, number,
    packed, read_packed, short_digest, text, time,
};
use super::writes::{Put, put_if, update_if};
use async_trait::async_trait;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tradewind_engine::events::EVENT_VERSION;
use tradewind_engine::events::{Decision, EventRecord};
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{Events, Page, Place, Unavailable};
use tradewind_engine::stored::Unreadable;
use tradewind_engine::time::{Timestamp, after};
use tradewind_engine::unmapped::UNMAPPED;

/// All but the data.
pub(super) const RECORD: &str = "record";
/// The data, unless it is in the bucket.
const DATA: &str = "data";
/// What is known of a delivery that could not be read: it is short, and is listed.
const UNREAD: &str = "unread";
const MAKES_WAY: &str = "makes_way";
pub(super) const REDACTED_AT: &str = "redacted_at";
/// So often somebody else may change an event's record first.
pub(super) const TRIES_MAX: usize = 10;
/// How many events are put together, or asked about, at the same time.
const AT_ONCE: usize = 16;
/// How many events are asked about in one go whether a run of theirs holds data.
const CANDIDATES_MAX: usize = 500;

/// What is removed when an event is redacted.
#[derive(Serialize, Deserialize)]
struct Data {
    data: Map<String, Value>,
    /// The body as it came, in base64, unless it is in `raw_text`.
    raw: Option<String>,
    /// The body where it is text: compressed with the data, most of which it repeats, it takes little.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw_text: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

impl Data {
    /// The body in base64, wherever it is.
    fn into_raw(self) -> Option<String> {
        self.raw.or_else(|| Some(STANDARD.encode(self.raw_text?)))
    }

    /// Moves a body that is text out of its base64.
    fn unwrap_text(&mut self) {
        let bytes = self.raw.as_ref().and_then(|raw| STANDARD.decode(raw).ok());
        // Whatever was written in another way would not come back as it was.
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.filter(|text| self.raw.as_ref() == Some(&STANDARD.encode(text)));
        if text.is_some() {
            (self.raw, self.raw_text) = (None, text);
        }
    }
}

impl Store {
    /// Keeps what became of an event, or what is to be kept in place of the record that it has.
    pub async fn record(&self, record: &EventRecord) -> Result<(), Unavailable> {
        let mut stands = match self.put_first(self.event_item(record).await?).await? {
            Put::Written => return Ok(()),
            Put::Was(stands) => stands,
        };
        for _ in 0..TRIES_MAX {
            check_item::<EventRecord>(&stands)?;
            let known = self.event_record(&stands, false).await?;
            let (Some(kept), Some(read)) = (known.replaced_by(record), stands.get(RECORD)) else {
                return Ok(());
            };
            let put = self
                .dynamodb
                .put_item()
                .table_name(&self.runs)
                .set_item(Some(self.event_item(&kept).await?))
                .condition_expression(format!(
                    "#record = :read AND attribute_not_exists(#redacted_at) AND {IS_KNOWN}"
                ))
                .expression_attribute_names("#record", RECORD)
                .expression_attribute_names("#redacted_at", REDACTED_AT)
                .expression_attribute_names("#v", V)
                .expression_attribute_values(":v", number(EVENT_VERSION))
                .expression_attribute_values(":read", read.clone());
            match put_if(put).await? {
                Put::Written => return Ok(()),
                Put::Was(changed) => stands = changed,
            }
        }
        Err(changed_by_many())
    }

    async fn event_item(&self, record: &EventRecord) -> Result<Item, Unavailable> {
        let mut bare = record.clone();
        let event = &record.event;
        let is_unread = event.name == UNMAPPED;
        let mut data = Data {
            data: std::mem::take(&mut bare.event.data),
            raw: bare.event.raw.take(),
            raw_text: None,
            notes: std::mem::take(&mut bare.event.notes),
        };
        // An older tradewind beside this one reads the body of what could not be read in base64.
        if !is_unread {
            data.unwrap_text();
        }
        let (id, accepted_at) = (event.id.as_str(), event.accepted_at);
        let mut item = keys::event(&event.id);
        item.insert(V.to_owned(), number(event.v));
        item.insert(RECORD.to_owned(), packed(&bare));
        item.insert(MAKES_WAY.to_owned(), AttributeValue::Bool(record.makes_way()));
        keys::put_listed(&mut item, EVENT, accepted_at, id);
        if let Some(redacted_at) = record.redacted_at {
            item.insert(REDACTED_AT.to_owned(), time(redacted_at));
            keys::put_due(&mut item, Due::Purge, id, accepted_at);
        } else if !record.is_held() {
            keys::put_due(&mut item, Due::Redact, id, accepted_at);
        }
        if !stays(record) {
            keys::put_ttl(&mut item, accepted_at, self.history_length());
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
    async fn event_record(&self, item: &Item, whole: bool) -> Result<EventRecord, NotRead> {
        let lost = || Unreadable::damaged::<EventRecord>("its data is missing");
        let mut record: EventRecord = read_packed(item, RECORD)?;
        let data: Option<Data> = match (item.get(DATA), get_text(item, BLOB)) {
            (Some(AttributeValue::B(data)), _) => Some(inflated(data.as_ref()).ok_or_else(lost)?),
            (_, Some(blob)) if whole => {
                let bytes = self.blobs.get(blob).await?.ok_or_else(lost)?;
                Some(inflated(&bytes).ok_or_else(lost)?)
            }
            _ => None,
        };
        if let Some(mut data) = data {
            record.event.data = std::mem::take(&mut data.data);
            record.event.notes = std::mem::take(&mut data.notes);
            record.event.raw = data.into_raw();
        }
        if let Some(data) = get_packed(item, UNREAD) {
            record.event.data = data;
        }
        record.redacted_at = get_time(item, REDACTED_AT);
        Ok(record)
    }

    async fn has_run_with_data(&self, event: &EventId) -> Result<bool, Unavailable> {
        let runs = self.runs_of_event(event).await?;
        let keys: Vec<Item> = runs.iter().filter_map(keys::key_of).collect();
        let runs = self.items(keys, Seeing::AlmostEverything).await?;
        Ok(runs.iter().any(holds_data))
    }
}

/// Whether an event stays as long as something else does: its run, or the hold that it is in. Most have neither.
pub(super) fn stays(record: &EventRecord) -> bool {
    let is_run = |decision: &Decision| matches!(decision, Decision::Run(_));
    record.is_held() || record.verdicts.iter().any(|verdict| is_run(&verdict.decision))
}

pub(super) fn changed_by_many() -> Unavailable {
    Unavailable::new(SERVICE, "an event's record is changed by many at the same moment")
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
    ) -> Result<Page<EventRecord, EventId>, Unavailable> {
        let place = match before {
            None => None,
            Some(event) => match self.item(keys::event(event)).await? {
                Some(item) => get_text(&item, LIST_SK).map(str::to_owned),
                // Its time was over: so is that of all that were accepted before it.
                None => return Ok(Page::of(Vec::new())),
            },
        };
        let keys = self.listed((ALL, EVENT), place.as_deref(), limit, |query| query).await?;
        let last = keys.last().filter(|_| keys.len() == limit);
        let next = last.and_then(|key| Some(EventId::from(id_of(get_text(key, PK)?))));
        let items = self.items(keys, Seeing::AlmostEverything).await?;
        let read = stream::iter(items).map(|item| async move {
            let place = Place { at: Timestamp::UNIX_EPOCH, id: id_in(&item) };
            (place, self.event_record(&item, false).await)
        });
        let (mut records, hidden) = told_apart(read.buffered(AT_ONCE).collect().await);
        records.sort_by_cached_key(|record: &EventRecord| {
            let event = &record.event;
            std::cmp::Reverse(keys::list_place(event.accepted_at, event.id.as_str()))
        });
        Ok(Page { records, hidden, next })
    }

    async fn unredacted(
        &self,
        accepted_before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Page<EventId, Place>, Unavailable> {
        let prefix = format!("{EVENT}#");
        let from = from.map(|place| (place.at, format!("{prefix}{}", place.id)));
        let due = Due::Redact;
        let rows =
            self.due_from(due, accepted_before, Some(&prefix), from.as_ref(), CANDIDATES_MAX);
        let mut rows = rows.await?;
        // Of as many as one partition gives it is certain that none comes before them.
        rows.truncate(CANDIDATES_MAX);
        let events = rows.iter().filter_map(|row| Some((row.at, row.pk.strip_prefix(&prefix)?)));
        let places = events.map(|(at, id)| Place { at, id: id.to_owned() });
        let places: Vec<Place> = places.collect();
        let mut judged = stream::iter(places)
            .map(|place| async move {
                let event = EventId::from(place.id.as_str());
                let stays = self.has_run_with_data(&event).await?;
                Ok::<_, Unavailable>((place, (!stays).then_some(event)))
            })
            .buffered(AT_ONCE);
        let mut page = Page::of(Vec::new());
        while page.records.len() < limit {
            let Some((place, event)) = judged.try_next().await? else { break };
            page.records.extend(event);
            page.next = Some(place);
        }
        // Fewer rows than one partition may give are all of them.
        if page.records.len() < limit && rows.len() < CANDIDATES_MAX {
            page.next = None;
        }
        Ok(page)
    }

    /// First what is in the bucket, then the rest: until then the event is due for it again.
    async fn redact(&self, event: &EventId, now: Timestamp) -> Result<(), Unavailable> {
        let Some(item) = self.item(keys::event(event)).await? else { return Ok(()) };
        check_item::<EventRecord>(&item)?;
        let record: EventRecord = read_packed(&item, RECORD)?;
        if item.contains_key(REDACTED_AT) || record.is_held() {
            return Ok(());
        }
        if let Some(blob) = get_text(&item, BLOB) {
            self.blobs.remove(blob).await?;
        }
        // The run that the event had has ended by now, and history does not last longer than from
        // now on.
        let remove_at = after(now, self.history_length()).as_second();
        let update = self
            .dynamodb
            .update_item()
            .table_name(&self.runs)
            .set_key(Some(keys::event(event)))
            .condition_expression(format!("attribute_exists({PK}) AND {IS_KNOWN}"))
            .expression_attribute_names("#v", V)
            .expression_attribute_values(":v", number(EVENT_VERSION))
            .update_expression(
                "SET #redacted_at = if_not_exists(#redacted_at, :now), #makes_way = :stays, #due_pk = :purge, \
                 #ttl = if_not_exists(#ttl, :remove_at) REMOVE #data, #blob, #unread",
            )
            .expression_attribute_names("#redacted_at", REDACTED_AT)
            // What was sent again later must not bring its data back.
            .expression_attribute_names("#makes_way", MAKES_WAY)
            .expression_attribute_values(":stays", AttributeValue::Bool(false))
            .expression_attribute_names("#due_pk", keys::DUE_PK)
            .expression_attribute_names("#ttl", keys::TTL)
            .expression_attribute_names("#data", DATA)
            .expression_attribute_names("#blob", BLOB)
            .expression_attribute_names("#unread", UNREAD)
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":purge", text(Due::Purge.partition_of(event.as_str())))
            .expression_attribute_values(":remove_at", number(remove_at));
        update_if(update).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn data(raw: Option<&str>) -> Data {
        let data = json!({ "order": { "number": "1001" } }).as_object().unwrap().clone();
        Data { data, raw: raw.map(str::to_owned), raw_text: None, notes: Vec::new() }
    }

    #[test]
    fn a_body_of_text_is_written_as_text_and_any_other_as_it_is() {
        for (body, is_text) in [
            (Some("{\"id\":\"or\u{e4}nge\"}".as_bytes()), true),
            (Some(b"".as_slice()), true),
            (Some(b"\xff\xfe".as_slice()), false),
            (None, false),
        ] {
            let raw = body.map(|body| STANDARD.encode(body));
            let mut written = data(raw.as_deref());
            written.unwrap_text();
            assert_eq!(written.raw_text.is_some(), is_text, "{body:?}");
            let read: Data = inflated(&deflated(&written)).unwrap();
            assert_eq!(read.into_raw(), raw, "{body:?}");
        }
    }

    #[test]
    fn base64_of_another_alphabet_stays_as_it_came() {
        let mut written = data(Some("e30"));
        written.unwrap_text();
        assert_eq!((written.raw.as_deref(), written.raw_text.as_deref()), (Some("e30"), None));
    }

    #[test]
    fn what_earlier_versions_wrote_is_read() {
        let written = json!({ "data": { "order": {} }, "raw": "e30=" });
        let read: Data = inflated(&deflated(&written)).unwrap();
        assert_eq!(read.into_raw().as_deref(), Some("e30="));
    }
}
