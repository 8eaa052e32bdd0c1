//! Refusals in a row: senders stop sending after so many, and nobody would know.
//!
//! Invariant: only what looks like the sender's own is counted, in the memory of one process. On AWS
//! each copy of a function counts for itself, so the true number may be higher.

use super::names::shortened;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tradewind_connectors::deliveries::{Delivery, GivesUp};
use tradewind_connectors::provider::Provider;

/// From the third part of what the sender bears on, every fifth is logged.
const WARNED_FROM: u32 = 3;
const LOGGED_EVERY: u32 = 5;
/// How many rows are counted of topics that nobody knows: those in headers are anybody's.
const ROWS_MAX: usize = 1_000;

/// The rows of all endpoints.
#[derive(Default)]
pub struct Rows(Mutex<HashMap<Key, u32>>);

type Key = (String, String, String);

/// Whose refusals are counted together: provider, connection and topic.
#[derive(Clone, Debug)]
pub(super) struct Row {
    provider: String,
    connection: String,
    topic: String,
    is_listed: bool,
    gives_up: GivesUp,
}

/// What people should know by now.
#[derive(Debug)]
pub(super) struct Warned {
    /// In words.
    pub(super) text: String,
    /// Whether the log says so too.
    pub(super) is_logged: bool,
    is_over: bool,
}

impl Warned {
    /// Says it in the log.
    pub(super) fn log(&self, provider: &str, connection: &str) {
        if self.is_over {
            tracing::error!(provider.id = provider, connection.id = connection, "{}", self.text);
        } else {
            tracing::warn!(provider.id = provider, connection.id = connection, "{}", self.text);
        }
    }
}

impl Row {
    /// The row that a delivery belongs to; none where its sender never stops, or did not send it.
    pub(super) fn of(
        provider: &Arc<Provider>,
        connection: &str,
        delivery: &Delivery,
    ) -> Option<Self> {
        let trigger = provider.trigger.as_ref()?;
        let gives_up = trigger.gives_up()?;
        let topic = shortened(delivery.header(gives_up.counted_by)?);
        let is_listed = trigger.topics().iter().any(|known| known.name == topic);
        Some(Self {
            provider: provider.id.clone(),
            connection: shortened(connection),
            topic,
            is_listed,
            gives_up,
        })
    }

    fn key(&self) -> Key {
        (self.provider.clone(), self.connection.clone(), self.topic.clone())
    }
}

impl Rows {
    /// One more was refused; what people should know by now.
    pub(super) fn refused(&self, row: Row) -> Option<Warned> {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = row.key();
        if rows.len() >= ROWS_MAX && !row.is_listed && !rows.contains_key(&key) {
            return None;
        }
        let count = rows.entry(key).or_default();
        *count = count.saturating_add(1);
        let count = *count;
        drop(rows);
        let (most, consequence) = (row.gives_up.failures, row.gives_up.consequence);
        if count < most / WARNED_FROM {
            return None;
        }
        let at = if count < most { format!("at {most}") } else { format!("since {most}") };
        let text = format!("{count} refusals in a row of topic {}; {at} {consequence}", row.topic);
        let is_logged = count.is_multiple_of(LOGGED_EVERY) || count == most;
        Some(Warned { text, is_logged, is_over: count >= most })
    }

    /// One was taken: the sender begins to count anew, and so do we.
    pub(super) fn taken(&self, row: &Row) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&row.key());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const GIVES_UP: GivesUp =
        GivesUp { failures: 30, counted_by: "x-topic", consequence: "it stops" };

    fn row(topic: &str) -> Row {
        let (connection, topic) = ("a".to_owned(), topic.to_owned());
        let is_listed = topic == "place";
        Row { provider: "shop".to_owned(), connection, topic, is_listed, gives_up: GIVES_UP }
    }

    #[test]
    fn a_third_of_the_way_is_warned_of_and_a_success_begins_anew() {
        let rows = Arc::new(Rows::default());
        let refused = |topic: &str| rows.refused(row(topic)).map(|warned| warned.text);
        assert!((1..10).all(|_| refused("place").is_none()));
        let tenth = refused("place").unwrap();
        assert_eq!(tenth, "10 refusals in a row of topic place; at 30 it stops");
        assert_eq!(refused("cancel"), None, "each topic has a row of its own");
        let later: Vec<_> = (11..=30).filter_map(|_| refused("place")).collect();
        assert_eq!(later.len(), 20);
        assert_eq!(later[19], "30 refusals in a row of topic place; since 30 it stops");
        rows.taken(&row("place"));
        assert_eq!(refused("place"), None);
    }

    #[test]
    fn names_that_anybody_makes_up_fill_no_memory() {
        let rows = Rows::default();
        for number in 0..2 * ROWS_MAX {
            rows.refused(row(&number.to_string()));
        }
        assert_eq!(rows.0.lock().unwrap().len(), ROWS_MAX);
        for _ in 0..10 {
            rows.refused(row("place"));
        }
        assert!(rows.refused(row("place")).is_some(), "what is known has room all the same");
    }
}
