//! Who changed what.

use super::Store;
use super::keys::{AUDIT, Due, key, put_due};
use super::newest::put_into;
use super::values::{get_packed, packed};
use async_trait::async_trait;
use tradewind_engine::ports::Ids as _;
use tradewind_engine::ports::{Audit, AuditLine, Unavailable};
use tradewind_system::SystemIds;

const DOCUMENT: &str = "document";

#[async_trait]
impl Audit for Store {
    async fn note(&self, line: AuditLine) -> Result<(), Unavailable> {
        let id = self.numbered(&SystemIds.random_hex());
        let mut item = key(format!("{AUDIT}#{id}"), AUDIT);
        put_into(&mut item, AUDIT, line.at, &id);
        put_due(&mut item, Due::Purge, &id, line.at);
        item.insert(DOCUMENT.to_owned(), packed(&line));
        self.keep_item(item).await
    }

    async fn list(&self, limit: usize) -> Result<Vec<AuditLine>, Unavailable> {
        let items = self.newest(AUDIT, limit).await?;
        let lines = items.iter().filter_map(|item| {
            let line = get_packed(item, DOCUMENT);
            if line.is_none() {
                tracing::error!("a line of the audit log cannot be read");
            }
            line
        });
        Ok(lines.collect())
    }
}
