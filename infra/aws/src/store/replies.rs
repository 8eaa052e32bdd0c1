//! Answers to requests that may be repeated, and who is being answered.
//!
//! Invariant: a key is one item: held by a request, or with the answer that was given first.

use super::Store;
use super::keys::{Due, REPLY, key, put_due};
use super::values::{
    Item, check_item, damaged, deflated, get_number, get_text, inflated, number, short_digest,
    text, time,
};
use super::writes::{Put, put_if, update_if};
use async_trait::async_trait;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use tradewind_engine::audit::Reply;
use tradewind_engine::ports::{Ids as _, KEY_HELD_FOR, KeyUse, Replies, Unavailable};
use tradewind_engine::time::{Timestamp, before};
use tradewind_stack::kinds::Kind;
use tradewind_system::SystemIds;

/// Digest of the request; only an answer has it.
const REQUEST: &str = "request";
const STATUS: &str = "status";
const BODY: &str = "body";
/// Where the body is when it is in the bucket.
const BLOB: &str = "blob";
/// A longer body, compressed, goes to the bucket: an item holds 400 KB.
const BODY_BYTES_MAX: usize = 350 * 1024;
const BEGUN_AT: &str = "begun_at";
const HELD_BY: &str = "held_by";

#[async_trait]
impl Replies for Store {
    async fn reserve_key(&self, key: &str, now: Timestamp) -> Result<KeyUse, Unavailable> {
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
            Put::Written => Ok(KeyUse::New),
            Put::Was(item) if item.contains_key(REQUEST) => {
                Ok(KeyUse::Answered(self.reply_of(&item).await?))
            }
            // Ours, where the answer to a first try was lost.
            Put::Was(item) if get_text(&item, HELD_BY) == Some(&*holder) => Ok(KeyUse::New),
            Put::Was(_) => Ok(KeyUse::InProgress),
        }
    }

    async fn store_reply(
        &self,
        key: &str,
        reply: Reply,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let mut item = place(key);
        put_due(&mut item, Due::Reply, key, now);
        item.insert(REQUEST.to_owned(), text(reply.request));
        item.insert(STATUS.to_owned(), number(reply.status));
        let body = deflated(&reply.body);
        if body.len() <= BODY_BYTES_MAX {
            item.insert(BODY.to_owned(), AttributeValue::B(Blob::new(body)));
        } else {
            // Made from the content too: what is written for an answer that is not kept harms no other.
            let digests = (short_digest(key.as_bytes()), short_digest(&body));
            let blob = format!("parts/replies/{}/{}", digests.0, digests.1);
            self.blobs.put(&blob, Bytes::from(body)).await?;
            item.insert(BLOB.to_owned(), text(blob));
        }
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
    key(Kind::Reply.key(key_of_request), REPLY)
}

impl Store {
    async fn reply_of(&self, item: &Item) -> Result<Reply, Unavailable> {
        check_item::<Reply>(item)?;
        let bytes = match get_text(item, BLOB) {
            Some(blob) => self.blobs.get(blob).await?,
            None => {
                let body = item.get(BODY).and_then(|body| body.as_b().ok());
                body.map(|body| Bytes::copy_from_slice(body.as_ref()))
            }
        };
        let reply = || {
            Some(Reply {
                request: get_text(item, REQUEST)?.to_owned(),
                status: get_number(item, STATUS)?,
                body: inflated(&bytes?)?,
            })
        };
        reply().ok_or_else(|| damaged("an answer"))
    }
}
