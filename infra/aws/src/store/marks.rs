//! Marks of runs, steps and events: `MARK#<key>` / `RUN#<run>#<event>`, `STEP#<run>#<step>` or `EVENT#<event>`.
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
/// What the place of a step's mark begins with, where that of its run's has an event.
const STEP: &str = "STEP#";

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
            Marked::Run { .. } | Marked::Step { .. } => self.history_length() + RUN_LASTS_MAX,
            Marked::Event { .. } => self.history_length(),
        };
        if let Some(mut pointer) = pointer(mark) {
            put_ttl(&mut pointer, mark.at(), keep);
            self.put_item(pointer).await?;
        }
        let mut item = item_key(mark);
        item.insert(V.to_owned(), number(mark.v));
        item.insert(DOCUMENT.to_owned(), packed(mark));
        put_ttl(&mut item, mark.at(), keep);
        // The first one stays: a delivery that comes again is no newer event.
        self.put_first(item).await.map(drop)
    }

    /// Removes a mark, where it is there.
    pub async fn remove_mark(&self, mark: &Mark) -> Result<(), Unavailable> {
        self.remove_items([item_key(mark)].into_iter().chain(pointer(mark)).collect()).await
    }
}

fn item_key(mark: &Mark) -> Item {
    key(format!("{MARK}#{}", mark.key.0), mark.id())
}

/// What stands below the key of the run whose mark it is.
fn pointer(mark: &Mark) -> Option<Item> {
    let (run, rest) = match &mark.of {
        Marked::Run { run, started_by, .. } => (run, started_by.0.clone()),
        Marked::Step { run, path, .. } => (run, format!("{STEP}{path}")),
        Marked::Event { .. } => return None,
    };
    Some(key(run_pk(run), format!("{MARK}#{}#{rest}", mark.key.0)))
}

/// The keys of the marks of a run, out of what stands below its key.
pub(super) fn marks_in(run: &RunId, items: &[Item]) -> Vec<Item> {
    let marks = items.iter().filter_map(|item| {
        let rest = get_text(item, SK)?.strip_prefix(MARK)?.strip_prefix('#')?;
        let (mark_key, of) = rest.split_once('#')?;
        let id = match of.strip_prefix(STEP) {
            Some(path) => format!("STEP#{run}#{path}"),
            None => format!("RUN#{run}#{of}"),
        };
        Some(key(format!("{MARK}#{mark_key}"), id))
    });
    marks.collect()
}
