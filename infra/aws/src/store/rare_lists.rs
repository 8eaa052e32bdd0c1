//! Lists of what is rare: letters, lines of the audit log, refused deliveries, what sandbox connections
//! were asked for, and jobs.
//!
//! Invariant: each list is one partition of the index of lists, so that its newest end is one request
//! away however long ago something was last added. Runs and events are not rare: theirs are by day.

use super::Store;
use super::items::Seeing;
use super::keys::{LIST_PK, LIST_SK, LISTS, PK, key_of, list_place, parts_of_place, run_pk};
use super::values::{Item, get_text, read_packed, text};
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::stored::{StoredForm, Unreadable};
use tradewind_engine::time::Timestamp;
use tradewind_platform::newer;

/// The most rows that one request asks for.
const PAGE_MAX: usize = 1_000;

/// What such an item is about, where nothing but it is kept.
pub(super) const DOCUMENT: &str = "document";

/// The documents of the items. One that cannot be read hides no other: it is told of and left out.
pub(super) fn documents<T: StoredForm>(items: &[Item]) -> Vec<T> {
    let document = |item: &Item| match read_packed(item, DOCUMENT) {
        Ok(document) => Some(document),
        Err(why) => {
            say(get_text(item, PK).unwrap_or_default(), &why);
            None
        }
    };
    items.iter().filter_map(document).collect()
}

/// Logs why an item is left out: one of a newer tradewind once, a damaged one each time.
pub(super) fn say(id: &str, why: &Unreadable) {
    match why.is_newer() {
        true => newer::log_once(&why.clone().into()),
        false => tracing::error!(item.id = id, error = %why, "a stored item is left out"),
    }
}

/// Puts the item into the list, at the place that this moment has.
pub(super) fn put_into(item: &mut Item, list: &str, at: Timestamp, id: &str) {
    item.insert(LIST_PK.to_owned(), text(list));
    item.insert(LIST_SK.to_owned(), text(list_place(at, id)));
}

impl Store {
    /// An id for the list, after all that this process has given before.
    pub(super) fn numbered(&self, id: &str) -> String {
        format!("{:012}#{id}", self.process.number())
    }

    /// The newest items of the list first, at most `limit`.
    pub(super) async fn newest(&self, list: &str, limit: usize) -> Result<Vec<Item>, Unavailable> {
        let query = self
            .query()
            .index_name(LISTS)
            .key_condition_expression("list_pk = :list")
            .expression_attribute_values(":list", text(list))
            .scan_index_forward(false)
            .limit(i32::try_from(limit.min(PAGE_MAX)).unwrap_or(i32::MAX));
        let rows = self.rows(query, limit).await?;
        let items =
            self.items(rows.iter().filter_map(key_of).collect(), Seeing::Everything).await?;
        Ok(newest_first(items))
    }

    /// When the oldest items of the list were added, and by which ids; at most `limit`.
    pub(super) async fn oldest(
        &self,
        list: &str,
        limit: usize,
    ) -> Result<Vec<(Timestamp, String)>, Unavailable> {
        let query = self
            .query()
            .index_name(LISTS)
            .key_condition_expression("list_pk = :list")
            .expression_attribute_values(":list", text(list))
            .limit(i32::try_from(limit.min(PAGE_MAX)).unwrap_or(i32::MAX));
        let rows = self.rows(query, limit).await?;
        let part = |row: &Item| {
            let (at, id) = parts_of_place(get_text(row, LIST_SK)?)?;
            Some((at, id.to_owned()))
        };
        Ok(rows.iter().filter_map(part).collect())
    }

    /// The items of a run whose sort key begins so, the newest first.
    pub(super) async fn of_run(
        &self,
        run: &RunId,
        beginning: &str,
    ) -> Result<Vec<Item>, Unavailable> {
        let query = self
            .query()
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :beginning)")
            .expression_attribute_values(":pk", text(run_pk(run)))
            .expression_attribute_values(":beginning", text(beginning));
        Ok(newest_first(self.rows(query, usize::MAX).await?))
    }
}

fn newest_first(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by(|one, other| get_text(other, LIST_SK).cmp(&get_text(one, LIST_SK)));
    items
}
