//! Events that are held: `HOLD#<key>` / `HOLD`, in the index of what is due.
//!
//! Invariant: an item is written and removed only in the state in which it was read.

use super::Store;
use super::items::SERVICE;
use super::keys::{self, Due, key, put_due};
use super::values::{IS_KNOWN, Item, V, check_item, number, packed, read_packed};
use super::writes::{Updated, update_if};
use crate::store::events::RECORD;
use async_trait::async_trait;
use tradewind_engine::events::{Decision, EVENT_VERSION, EventRecord, Verdict};
use tradewind_engine::holds::{Hold, HoldKey};
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{Holds, Unavailable};
use tradewind_engine::time::Timestamp;
use tradewind_stack::kinds::Kind;

const HOLD: &str = Kind::Hold.word();
/// So often somebody else may change an event's record first.
const TRIES_MAX: usize = 10;

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
