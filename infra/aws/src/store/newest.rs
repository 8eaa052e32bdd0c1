//! Lists of what is rare: letters, lines of the audit log, refused deliveries, what sandbox connections
//! were asked for, and jobs.
//!
//! Invariant: each list is one partition of the index of lists, so that its newest end is one request
//! away however long ago something was last added. Runs and events are not rare: theirs are by day.

use super::Store;
use super::items::Seeing;
use super::keys::{LIST_PK, LIST_SK, LISTS, PK, SK, key, list_place, run_pk};
use super::values::{Item, get_text, text};
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::Timestamp;

/// The most rows that one request asks for.
const PAGE_MAX: usize = 1_000;

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
        Ok(rows.iter().filter_map(|row| parts_of(get_text(row, LIST_SK)?)).collect())
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

/// The moment that a place in a list begins with, and the id behind it.
fn parts_of(place: &str) -> Option<(Timestamp, String)> {
    let (nanoseconds, id) = place.split_once('#')?;
    let at = Timestamp::from_nanosecond(nanoseconds.parse().ok()?).ok()?;
    Some((at, id.to_owned()))
}

/// The key of an item, out of the item or of its entry in an index.
pub(super) fn key_of(item: &Item) -> Option<Item> {
    Some(key(get_text(item, PK)?, get_text(item, SK)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_says_when_and_what() {
        let at: Timestamp = "2026-03-01T08:00:00.123456789Z".parse().unwrap();
        let id = "000000000001#run_1:log:3";
        assert_eq!(parts_of(&list_place(at, id)), Some((at, id.to_owned())));
        assert_eq!(parts_of("anything"), None);
    }
}
