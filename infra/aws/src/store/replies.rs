//! Answers to requests that may be repeated, and who is being answered.
//!
//! Invariant: a key is one item: held by a request, or with the answer that was given first.

use super::Store;
use super::keys::{Due, REPLY, key, put_due};
use super::values::{Item, damaged, get_number, get_packed, get_text, number, packed, text, time};
use super::writes::{Put, put_if, update_if};
use async_trait::async_trait;
use tradewind_engine::ports::{Begun, Ids as _, KEY_HELD_FOR, Replies, Reply, Unavailable};
use tradewind_engine::time::{Timestamp, before};
use tradewind_system::SystemIds;

/// Digest of the request; only an answer has it.
const REQUEST: &str = "request";
const STATUS: &str = "status";
const BODY: &str = "body";
const BEGUN_AT: &str = "begun_at";
const HELD_BY: &str = "held_by";

#[async_trait]
impl Replies for Store {
    async fn begin(&self, key: &str, now: Timestamp) -> Result<Begun, Unavailable> {
        let holder = SystemIds.random_hex();
        let mut item = place(key);
        put_due(&mut item, Due::Reply, key, now);
        item.insert(BEGUN_AT.to_owned(), time(now));
        item.insert(HELD_BY.to_owned(), text(&holder));
        let put = self
            .dynamodb
            .put_item()
            .table_name(&self.runs)
            .set_item(Some(item))
            .condition_expression(
                "attribute_not_exists(pk) OR (attribute_not_exists(#request) AND begun_at <= :vain)",
            )
            .expression_attribute_names("#request", REQUEST)
            .expression_attribute_values(":vain", time(before(now, KEY_HELD_FOR)));
        match put_if(put).await? {
            Put::Kept => Ok(Begun::New),
            Put::Was(item) if item.contains_key(REQUEST) => {
                reply(&item).map(Begun::Answered).ok_or_else(|| damaged("an answer"))
            }
            // Ours, where the answer to a first try was lost.
            Put::Was(item) if get_text(&item, HELD_BY) == Some(&*holder) => Ok(Begun::New),
            Put::Was(_) => Ok(Begun::InProgress),
        }
    }

    async fn keep(&self, key: &str, reply: Reply, now: Timestamp) -> Result<(), Unavailable> {
        let mut item = place(key);
        put_due(&mut item, Due::Reply, key, now);
        item.insert(REQUEST.to_owned(), text(reply.request));
        item.insert(STATUS.to_owned(), number(reply.status));
        item.insert(BODY.to_owned(), packed(&reply.body));
        let put = self.dynamodb.put_item().table_name(&self.runs).set_item(Some(item));
        let put = put
            .condition_expression("attribute_not_exists(#request)")
            .expression_attribute_names("#request", REQUEST);
        put_if(put).await.map(|_| ())
    }

    async fn release(&self, key: &str, begun_at: Timestamp) -> Result<(), Unavailable> {
        let update = self.dynamodb.update_item().table_name(&self.runs).set_key(Some(place(key)));
        let update = update
            .update_expression("SET begun_at = :never REMOVE held_by")
            .condition_expression("begun_at = :begun_at")
            .expression_attribute_values(":begun_at", time(begun_at))
            .expression_attribute_values(":never", number(0));
        update_if(update).await.map(|_| ())
    }
}

fn place(key_of_request: &str) -> Item {
    key(format!("{REPLY}#{key_of_request}"), REPLY)
}

fn reply(item: &Item) -> Option<Reply> {
    Some(Reply {
        request: get_text(item, REQUEST)?.to_owned(),
        status: get_number(item, STATUS)?,
        body: get_packed(item, BODY)?,
    })
}
