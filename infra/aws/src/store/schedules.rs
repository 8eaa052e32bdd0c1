//! How far schedules have come: an item for each workflow, which is never removed, because it says what must
//! not happen again.

use super::Store;
use super::keys::key;
use super::values::{IS_KNOWN, Item, V, damaged, get_number, get_time, number, time};
use super::writes::{Put, put_if};
use async_trait::async_trait;
use tradewind_engine::ids::WorkflowId;
use tradewind_engine::ports::{Schedules, Unavailable};
use tradewind_engine::stored::Unreadable;
use tradewind_engine::time::Timestamp;
use tradewind_stack::kinds::Kind;

const FIRED_AT: &str = "fired_at";
/// The version of these items.
const VERSION: u32 = 1;

#[async_trait]
impl Schedules for Store {
    async fn fired(&self, workflow: &WorkflowId) -> Result<Option<Timestamp>, Unavailable> {
        let Some(item) = self.item(place(workflow)).await? else { return Ok(None) };
        let found = get_number(&item, V).unwrap_or(VERSION);
        if found > VERSION {
            return Err(Unreadable::Newer { kind: "schedule", found, known: VERSION }.into());
        }
        get_time(&item, FIRED_AT).map(Some).ok_or_else(|| damaged("a schedule"))
    }

    async fn note_fired(
        &self,
        workflow: &WorkflowId,
        due: Timestamp,
        before: Option<Timestamp>,
    ) -> Result<bool, Unavailable> {
        let mut item = place(workflow);
        item.insert(V.to_owned(), number(VERSION));
        item.insert(FIRED_AT.to_owned(), time(due));
        let put = match before {
            None => self.put_first(item).await?,
            Some(before) => {
                let put = self.dynamodb.put_item().table_name(&self.runs).set_item(Some(item));
                let put = put
                    .condition_expression(format!("fired_at = :before AND {IS_KNOWN}"))
                    .expression_attribute_names("#v", V)
                    .expression_attribute_values(":v", number(VERSION))
                    .expression_attribute_values(":before", time(before));
                put_if(put).await?
            }
        };
        Ok(match put {
            Put::Written => true,
            // Ours, where the answer to a first try was lost; and what stands there is the same.
            Put::Was(stands) => get_time(&stands, FIRED_AT) == Some(due),
        })
    }
}

fn place(workflow: &WorkflowId) -> Item {
    key(Kind::Schedule.key(workflow), Kind::Schedule.word())
}
