//! Events that are held: `HOLD#<key>` / `HOLD`, in the index of what is due.
//!
//! Invariant: an item is written and removed only in the state in which it was read.

use super::Store;
use super::events::{RECORD, REDACTED_AT, TRIES_MAX, changed_by_many, stays};
use super::items::DueRow;
use super::keys::{self, DUE_AT, DUE_PK, Due, key, put_due};
use super::unread::id_of;
use super::values::{IS_KNOWN, Item, V, check_item, number, packed, read_packed, text, time};
use super::writes::{Updated, update_if};
use async_trait::async_trait;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use tradewind_engine::events::{EVENT_VERSION, EventRecord, Verdict};
use tradewind_engine::holds::{HOLD_VERSION, Hold, HoldKey};
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{Holds, Place, Unavailable};
use tradewind_engine::time::{Timestamp, after};
use tradewind_stack::kinds::Kind;

const HOLD: &str = Kind::Hold.word();

#[async_trait]
impl Holds for Store {
    async fn hold(&self, key: &HoldKey) -> Result<Option<Hold>, Unavailable> {
        self.read_stamped(place(key)).await
    }

    async fn save_hold(&self, hold: &Hold, read: Option<&Hold>) -> Result<bool, Unavailable> {
        let mut item = place(&hold.key);
        put_due(&mut item, Due::Hold, &hold.key.0, hold.due_at);
        self.put_stamped(item, hold, hold.stamp(), read.map(Hold::stamp)).await
    }

    async fn remove_hold(&self, read: &Hold) -> Result<(), Unavailable> {
        self.remove_stamped(place(&read.key), read.stamp()).await.map(drop)
    }

    async fn due_holds(
        &self,
        before: Timestamp,
        from: Option<&Place>,
        limit: usize,
    ) -> Result<Vec<Place>, Unavailable> {
        let from = from.map(|place| (place.at, Kind::Hold.key(&place.id)));
        let mut rows = self.due_from(Due::Hold, before, None, from.as_ref(), limit).await?;
        rows.truncate(limit);
        let place = |row: &DueRow| Place { at: row.at, id: id_of(&row.pk).to_owned() };
        Ok(rows.iter().map(place).collect())
    }

    async fn postpone_hold(&self, met: &Place, until: Timestamp) -> Result<(), Unavailable> {
        let update = self
            .dynamodb
            .update_item()
            .table_name(&self.runs)
            .set_key(Some(place(&HoldKey(met.id.clone()))))
            .condition_expression(format!("#due_at = :met AND {IS_KNOWN}"))
            .update_expression("SET #due_at = :until")
            .expression_attribute_names("#due_at", DUE_AT)
            .expression_attribute_names("#v", V)
            .expression_attribute_values(":v", number(HOLD_VERSION))
            .expression_attribute_values(":met", time(met.at))
            .expression_attribute_values(":until", time(until));
        update_if(update).await.map(|_| ())
    }

    async fn settle_event(&self, event: &EventId, verdict: &Verdict) -> Result<(), Unavailable> {
        for _ in 0..TRIES_MAX {
            let Some(item) = self.item(keys::event(event)).await? else { return Ok(()) };
            check_item::<EventRecord>(&item)?;
            let mut record: EventRecord = read_packed(&item, RECORD)?;
            let (true, Some(read)) = (record.settle(verdict), item.get(RECORD)) else {
                return Ok(());
            };
            let update = self
                .dynamodb
                .update_item()
                .table_name(&self.runs)
                .set_key(Some(keys::event(event)))
                .condition_expression(format!("#record = :read AND {IS_KNOWN}"))
                .expression_attribute_names("#v", V)
                .expression_attribute_names("#record", RECORD)
                .expression_attribute_values(":v", number(EVENT_VERSION))
                .expression_attribute_values(":read", read.clone())
                .expression_attribute_values(":settled", packed(&record));
            let is_redacted = item.contains_key(REDACTED_AT);
            let update = self.with_its_time(update, &record, is_redacted);
            if let Updated::Made(_) = update_if(update).await? {
                return Ok(());
            }
        }
        Err(changed_by_many())
    }
}

impl Store {
    /// Keeps the settled record, and when the event goes: it has waited for the last hold that it was in.
    fn with_its_time(
        &self,
        update: UpdateItemFluentBuilder,
        record: &EventRecord,
        is_redacted: bool,
    ) -> UpdateItemFluentBuilder {
        let (accepted_at, id) = (record.event.accepted_at, record.event.id.as_str());
        let mut update = update.expression_attribute_names("#ttl", keys::TTL);
        let mut sets = "SET #record = :settled".to_owned();
        let removes = if stays(record) {
            " REMOVE #ttl"
        } else {
            sets.push_str(", #ttl = :remove_at");
            let remove_at = after(accepted_at, self.history_length()).as_second();
            update = update.expression_attribute_values(":remove_at", number(remove_at));
            ""
        };
        if !record.is_held() && !is_redacted {
            sets.push_str(", #due_pk = :due_pk, #due_at = :due_at");
            update = update
                .expression_attribute_names("#due_pk", DUE_PK)
                .expression_attribute_names("#due_at", DUE_AT)
                .expression_attribute_values(":due_pk", text(Due::Redact.partition_of(id)))
                .expression_attribute_values(":due_at", time(accepted_at));
        }
        update.update_expression(format!("{sets}{removes}"))
    }
}

fn place(hold: &HoldKey) -> Item {
    key(Kind::Hold.key(&hold.0), HOLD)
}
