//! Letters that a person has dismissed, for as long as a copy of one may lie in a queue of dead letters.
//!
//! A look through such a queue is bounded, and does not meet what another look holds: a copy that it did not
//! meet would bring its letter back.

use super::Store;
use super::keys::{key, put_ttl};
use super::values::{Item, get_time, time};
use std::time::Duration;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::Timestamp;
use tradewind_stack::kinds::Kind;

/// No queue holds a message longer.
const KEPT: Duration = Duration::from_hours(14 * 24);
const DISMISSED: &str = "DISMISSED";
const AT: &str = "at";

impl Store {
    /// Records that the letter was dismissed at that time.
    pub(crate) async fn record_dismissal(
        &self,
        letter: &str,
        at: Timestamp,
    ) -> Result<(), Unavailable> {
        let mut item = place(letter);
        item.insert(AT.to_owned(), time(at));
        put_ttl(&mut item, at, KEPT);
        self.put_item(item).await
    }

    /// When a letter with this id was dismissed last.
    pub(crate) async fn dismissed_at(
        &self,
        letter: &str,
    ) -> Result<Option<Timestamp>, Unavailable> {
        Ok(self.item(place(letter)).await?.and_then(|item| get_time(&item, AT)))
    }
}

fn place(letter: &str) -> Item {
    key(Kind::Letter.key(letter), DISMISSED)
}
