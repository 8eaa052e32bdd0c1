//! What sandbox connections were asked to do.
//!
//! Invariant: an entry stands with its run, below the key of the call, which names the run as well: the
//! same key is always the same item.

use super::Store;
use super::keys::{key, key_of, run_pk};
use super::rare_lists::{DOCUMENT, put_into, say};
use super::runs::{BLOB, ITEM_BYTES_MAX};
use super::unread::{NotRead, id_in};
use super::values::{Item, deflated, get_text, read_deflated, read_packed, short_digest, text};
use super::writes::Put;
use async_trait::async_trait;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use tradewind_engine::ids::RunId;
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::ports::{Outbox, Unavailable};
use tradewind_engine::stored::Unreadable;

const BOX: &str = "BOX";

#[async_trait]
impl Outbox for Store {
    async fn store_entry(&self, entry: OutboxEntry) -> Result<OutboxEntry, Unavailable> {
        let mut item = key(run_pk(&entry.run), format!("{BOX}#{}", entry.key));
        put_into(&mut item, BOX, entry.at, &self.numbered(&entry.key));
        let document = deflated(&entry);
        if document.len() > ITEM_BYTES_MAX {
            let blob = format!("parts/{}/{}", entry.run, short_digest(&document));
            self.blobs.put(&blob, Bytes::from(document)).await?;
            item.insert(BLOB.to_owned(), text(blob));
        } else {
            item.insert(DOCUMENT.to_owned(), AttributeValue::B(Blob::new(document)));
        }
        match self.put_first(item).await? {
            Put::Written => Ok(entry),
            Put::Was(kept) => Ok(self.entry(&kept).await?),
        }
    }

    async fn list(
        &self,
        run: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, Unavailable> {
        let items = match run {
            None => self.newest(BOX, limit).await?,
            Some(run) => {
                let mut items = self.of_run(run, &format!("{BOX}#")).await?;
                items.truncate(limit);
                items
            }
        };
        let mut entries = Vec::with_capacity(items.len());
        for item in &items {
            match self.entry(item).await {
                Ok(entry) => entries.push(entry),
                Err(NotRead::Unreadable(why)) => say(&id_in(item), &why),
                Err(NotRead::Unavailable(error)) => {
                    tracing::error!(%error, "an entry of the outbox is left out for now");
                }
            }
        }
        Ok(entries)
    }

    async fn forget(&self, run: &RunId) -> Result<(), Unavailable> {
        let items = self.of_run(run, &format!("{BOX}#")).await?;
        let keys = items.iter().filter_map(|item| {
            let blob = item.get(BLOB).map(|blob| (BLOB.to_owned(), blob.clone()));
            let mut key = key_of(item)?;
            key.extend(blob);
            Some(key)
        });
        self.remove_collected(keys.collect()).await
    }
}

impl Store {
    async fn entry(&self, item: &Item) -> Result<OutboxEntry, NotRead> {
        let Some(blob) = get_text(item, BLOB) else { return Ok(read_packed(item, DOCUMENT)?) };
        let bytes = self.blobs.get(blob).await?;
        let lost = || Unreadable::damaged::<OutboxEntry>("it is not in the bucket");
        Ok(read_deflated(&bytes.ok_or_else(lost)?)?)
    }
}
