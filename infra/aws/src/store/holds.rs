//! Events that are held: `HOLD#<key>` / `HOLD`, in the index of what is due.
//!
//! Invariant: an item is written and removed only in the state in which it was read.

use super::Store;
use super::items::SERVICE;
use super::keys::{self, Due, key, put_due};
use super::rare_lists::DOCUMENT;
use super::values::{IS_KNOWN, Item, V, check_item, number, packed, read_packed, text};
use super::writes::{Put, Updated, put_if, update_if};
use crate::clients::unavailable;
use crate::store::events::RECORD;
use async_trait::async_trait;
use tradewind_engine::events::{Decision, EVENT_VERSION, EventRecord, Verdict};
use tradewind_engine::holds::{HOLD_VERSION, Hold, HoldKey};
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{Holds, Unavailable};
use tradewind_engine::time::Timestamp;
use tradewind_stack::kinds::Kind;

const HOLD: &str = Kind::Hold.word();
/// The state that it was written in.
const STAMP: &str = "stamp";
/// So often somebody else may change an event's record first.
const TRIES_MAX: usize = 10;

#[async_trait]
impl Holds for Store {
    async fn hold(&self, key: &HoldKey) -> Result<Option<Hold>, Unavailable> {
        let item = self.item(place(key)).await?;
        Ok(item.map(|item| read_packed(&item, DOCUMENT)).transpose()?)
    }

    async fn save_hold(&self, hold: &Hold, read: Option<&Hold>) -> Result<bool, Unavailable> {
        let put = match read {
            None => self.put_first(item(hold)).await?,
            Some(read) => {
                let put = self.dynamodb.put_item().table_name(&self.runs);
                let put = put
                    .set_item(Some(item(hold)))
                    .condition_expression(format!("stamp = :read AND {IS_KNOWN}"))
                    .expression_attribute_names("#v", V)
                    .expression_attribute_values(":v", number(HOLD_VERSION))
                    .expression_attribute_values(":read", text(read.stamp()));
                put_if(put).await?
            }
        };
        match put {
            Put::Written => Ok(true),
            Put::Was(nothing) if nothing.is_empty() => Ok(false),
            // Ours, where the answer to a first try was lost.
            Put::Was(kept) => Ok(read_packed::<Hold>(&kept, DOCUMENT)? == *hold),
        }
    }

    async fn remove_hold(&self, read: &Hold) -> Result<(), Unavailable> {
        let delete = self.dynamodb.delete_item().table_name(&self.runs);
        let delete = delete
            .set_key(Some(place(&read.key)))
            .condition_expression("stamp = :read")
            .expression_attribute_values(":read", text(read.stamp()));
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(failed) => match failed.as_service_error() {
                Some(error) if error.is_conditional_check_failed_exception() => Ok(()),
                _ => Err(unavailable(SERVICE, &failed)),
            },
        }
    }

    async fn due_holds(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<HoldKey>, Unavailable> {
        let rows = self.due_before(Due::Hold, before, None, limit).await?;
        let keys = rows.iter().filter_map(|row| row.pk.strip_prefix(HOLD)?.strip_prefix('#'));
        Ok(keys.take(limit).map(|key| HoldKey(key.to_owned())).collect())
    }

    async fn settle_event(&self, event: &EventId, verdict: &Verdict) -> Result<(), Unavailable> {
        for _ in 0..TRIES_MAX {
            let Some(item) = self.item(keys::event(event)).await? else { return Ok(()) };
            check_item::<EventRecord>(&item)?;
            let mut record: EventRecord = read_packed(&item, RECORD)?;
            let (true, Some(read)) = (record.settle(verdict), item.get(RECORD)) else {
                return Ok(());
            };
            // An event stays for as long as a run of it does.
            let forever = match verdict.decision {
                Decision::Run(_) => format!(" REMOVE #{}", keys::TTL),
                _ => String::new(),
            };
            let mut update = self
                .dynamodb
                .update_item()
                .table_name(&self.runs)
                .set_key(Some(keys::event(event)))
                .condition_expression(format!("#record = :read AND {IS_KNOWN}"))
                .update_expression(format!("SET #record = :settled{forever}"))
                .expression_attribute_names("#v", V)
                .expression_attribute_names("#record", RECORD)
                .expression_attribute_values(":v", number(EVENT_VERSION))
                .expression_attribute_values(":read", read.clone())
                .expression_attribute_values(":settled", packed(&record));
            if !forever.is_empty() {
                update = update.expression_attribute_names("#ttl", keys::TTL);
            }
            if let Updated::Made(_) = update_if(update).await? {
                return Ok(());
            }
        }
        Err(Unavailable::new(SERVICE, "an event's record is changed by many at the same moment"))
    }
}

fn place(hold: &HoldKey) -> Item {
    key(Kind::Hold.key(&hold.0), HOLD)
}

fn item(hold: &Hold) -> Item {
    let mut item = place(&hold.key);
    put_due(&mut item, Due::Hold, &hold.key.0, hold.due_at);
    item.insert(V.to_owned(), number(hold.v));
    item.insert(STAMP.to_owned(), text(hold.stamp()));
    item.insert(DOCUMENT.to_owned(), packed(hold));
    item
}
