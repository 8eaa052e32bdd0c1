//! What sandbox connections were asked to do.
//!
//! Invariant: an entry stands with its run, below the key of the call, which names the run as well: the
//! same key is always the same item.

use super::Store;
use super::keys::{key, key_of, run_pk};
use super::rare_lists::{DOCUMENT, documents, put_into};
use super::values::{packed, read_packed};
use super::writes::Put;
use async_trait::async_trait;
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Outbox, OutboxEntry, Unavailable};

const BOX: &str = "BOX";

#[async_trait]
impl Outbox for Store {
    async fn keep(&self, entry: OutboxEntry) -> Result<OutboxEntry, Unavailable> {
        let mut item = key(run_pk(&entry.run), format!("{BOX}#{}", entry.key));
        put_into(&mut item, BOX, entry.at, &self.numbered(&entry.key));
        item.insert(DOCUMENT.to_owned(), packed(&entry));
        match self.keep_first(item).await? {
            Put::Kept => Ok(entry),
            Put::Was(kept) => Ok(read_packed(&kept, DOCUMENT)?),
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
        Ok(documents(&items))
    }

    async fn forget(&self, run: &RunId) -> Result<(), Unavailable> {
        let items = self.of_run(run, &format!("{BOX}#")).await?;
        self.remove_items(items.iter().filter_map(key_of).collect()).await
    }
}
