//! Who changed what.

use super::Store;
use super::keys::{AUDIT, Due, key, put_due};
use super::rare_lists::{DOCUMENT, documents, put_into};
use super::values::packed;
use async_trait::async_trait;
use tradewind_engine::audit::AuditLine;
use tradewind_engine::ports::Ids as _;
use tradewind_engine::ports::{Audit, Unavailable};
use tradewind_stack::kinds::Kind;
use tradewind_system::SystemIds;

#[async_trait]
impl Audit for Store {
    async fn append_line(&self, line: AuditLine) -> Result<(), Unavailable> {
        let id = self.numbered(&SystemIds.random_hex());
        let mut item = key(Kind::Audit.key(&id), AUDIT);
        put_into(&mut item, AUDIT, line.at, &id);
        put_due(&mut item, Due::Purge, &id, line.at);
        item.insert(DOCUMENT.to_owned(), packed(&line));
        self.put_item(item).await
    }

    async fn list(&self, limit: usize) -> Result<Vec<AuditLine>, Unavailable> {
        Ok(documents(&self.newest(AUDIT, limit).await?))
    }
}
