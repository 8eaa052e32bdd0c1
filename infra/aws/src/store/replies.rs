//! Answers already given to repeated requests.

use super::Store;
use super::keys::{Due, REPLY, key, put_due};
use super::values::{damaged, deflated, get_number, get_packed, get_text, number, text};
use async_trait::async_trait;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use tradewind_engine::ports::{Replies, Reply, Unavailable};
use tradewind_engine::time::Timestamp;

const REQUEST: &str = "request";
const STATUS: &str = "status";
const BODY: &str = "body";

#[async_trait]
impl Replies for Store {
    async fn read(&self, key: &str) -> Result<Option<Reply>, Unavailable> {
        let Some(item) = self.item(place(key)).await? else { return Ok(None) };
        let reply = || {
            Some(Reply {
                request: get_text(&item, REQUEST)?.to_owned(),
                status: get_number(&item, STATUS)?,
                body: get_packed(&item, BODY)?,
            })
        };
        reply().map(Some).ok_or_else(|| damaged("an answer"))
    }

    async fn keep(&self, key: &str, reply: Reply, now: Timestamp) -> Result<(), Unavailable> {
        let mut item = place(key);
        put_due(&mut item, Due::Reply, key, now);
        item.insert(REQUEST.to_owned(), text(reply.request));
        item.insert(STATUS.to_owned(), number(reply.status));
        item.insert(BODY.to_owned(), AttributeValue::B(Blob::new(deflated(&reply.body))));
        self.keep_first(item).await.map(|_| ())
    }
}

fn place(key_of_request: &str) -> super::values::Item {
    key(format!("{REPLY}#{key_of_request}"), REPLY)
}
