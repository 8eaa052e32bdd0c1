//! Marks of runs and events: `MARK#<key>` / `RUN#<run>#<event>` or `EVENT#<event>`.
//!
//! Invariant: below the run's own key stands where its marks are, written before them, so that they are
//! removed with it; DynamoDB removes what was left over.

use super::Store;
use super::keys::{MARK, PK, SK, key, put_ttl, run_pk};
use super::rare_lists::{DOCUMENT, documents};
use super::values::{Item, V, get_text, number, packed, text};
use async_trait::async_trait;
use std::time::Duration;
use tradewind_engine::ids::RunId;
use tradewind_engine::marks::{Mark, MarkKey, Marked};
use tradewind_engine::ports::{Marks, Unavailable};

/// A run may go on for so long after its start, and longer than history is kept after that its marks are of
/// no use.
const RUN_LASTS_MAX: Duration = Duration::from_secs(2 * 366 * 86_400);

#[async_trait]
impl Marks for Store {
    async fn marks(&self, wanted: &MarkKey) -> Result<Vec<Mark>, Unavailable> {
        let query = self
            .query()
            .key_condition_expression(format!("{PK} = :pk"))
            .expression_attribute_values(":pk", text(format!("{MARK}#{}", wanted.0)))
            .consistent_read(true);
        let items = self.rows(query, usize::MAX).await?;
        Ok(documents(&items))
    }
}

impl Store {
    /// Leaves a mark; one that is there already is the same.
    pub async fn leave_mark(&self, mark: &Mark) -> Result<(), Unavailable> {
        let keep = match &mark.of {
            Marked::Run { run, started_by, .. } => {
                let keep = self.history_length() + RUN_LASTS_MAX;
                let place = format!("{MARK}#{}#{started_by}", mark.key.0);
                let mut pointer = key(run_pk(run), place);
                put_ttl(&mut pointer, mark.at(), keep);
                self.put_item(pointer).await?;
                keep
            }
            Marked::Event { .. } => self.history_length(),
        };
        let mut item = key(format!("{MARK}#{}", mark.key.0), mark.id());
        item.insert(V.to_owned(), number(mark.v));
        item.insert(DOCUMENT.to_owned(), packed(mark));
        put_ttl(&mut item, mark.at(), keep);
        self.put_item(item).await
    }
}

/// The keys of the marks of a run, out of what stands below its key.
pub(super) fn marks_in(run: &RunId, items: &[Item]) -> Vec<Item> {
    let marks = items.iter().filter_map(|item| {
        let rest = get_text(item, SK)?.strip_prefix(MARK)?.strip_prefix('#')?;
        let (mark_key, started_by) = rest.split_once('#')?;
        Some(key(format!("{MARK}#{mark_key}"), format!("RUN#{run}#{started_by}")))
    });
    marks.collect()
}
