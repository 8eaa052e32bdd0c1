//! Refusals in a row: senders stop sending after so many, and nobody would know.
//!
//! Invariant: only what looks like the sender's own is counted, in the memory of one process. On AWS
//! each copy of a function counts for itself, so the true number may be higher.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tradewind_connectors::deliveries::{Delivery, GivesUp};

/// From the third part of what the sender bears on, every fifth is logged.
const WARNED_FROM: u32 = 3;
const LOGGED_EVERY: u32 = 5;
/// How many rows are counted; names in paths and headers are anybody's.
const ROWS_MAX: usize = 1_000;
/// How much of a name is remembered.
const NAME_CHARS_MAX: usize = 100;

/// The rows of all endpoints.
#[derive(Default)]
pub struct Rows(Mutex<HashMap<Row, u32>>);

/// Whose refusals are counted together: provider, connection and topic.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Row {
    provider: &'static str,
    connection: String,
    topic: String,
}

impl Row {
    /// The row that a delivery belongs to; none where its sender never stops, or did not send it.
    pub(super) fn of(
        gives_up: &GivesUp,
        provider: &'static str,
        connection: &str,
        delivery: &Delivery,
    ) -> Option<Self> {
        let topic = delivery.header(gives_up.counted_by)?;
        Some(Self { provider, connection: short(connection), topic: short(topic) })
    }
}

impl Rows {
    /// One more was refused; what people should know by now.
    pub(super) fn refused(&self, row: Row, gives_up: &GivesUp) -> Option<String> {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if rows.len() >= ROWS_MAX && !rows.contains_key(&row) {
            return None;
        }
        let count = rows.entry(row.clone()).or_default();
        *count = count.saturating_add(1);
        let count = *count;
        drop(rows);
        let (most, consequence) = (gives_up.failures, gives_up.consequence);
        if count < most / WARNED_FROM {
            return None;
        }
        let at = if count < most { format!("at {most}") } else { format!("since {most}") };
        let warning =
            format!("{count} refusals in a row of topic {}; {at} {consequence}", row.topic);
        if count.is_multiple_of(LOGGED_EVERY) || count == most {
            let (provider, connection) = (row.provider, row.connection.as_str());
            if count < most {
                tracing::warn!(provider.id = provider, connection.id = connection, "{warning}");
            } else {
                tracing::error!(provider.id = provider, connection.id = connection, "{warning}");
            }
        }
        Some(warning)
    }

    /// One was taken: the sender begins to count anew, and so do we.
    pub(super) fn taken(&self, row: &Row) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(row);
    }
}

/// A name of anybody's, as it is shown and remembered.
fn short(name: &str) -> String {
    name.chars().filter(|one| !one.is_control()).take(NAME_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const GIVES_UP: GivesUp =
        GivesUp { failures: 30, counted_by: "x-topic", consequence: "it stops" };

    fn row(topic: &str) -> Row {
        Row { provider: "shop", connection: "a".to_owned(), topic: topic.to_owned() }
    }

    #[test]
    fn a_third_of_the_way_is_warned_of_and_a_success_begins_anew() {
        let rows = Arc::new(Rows::default());
        let refused = |topic: &str| rows.refused(row(topic), &GIVES_UP);
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
            rows.refused(row(&number.to_string()), &GIVES_UP);
        }
        assert_eq!(rows.0.lock().unwrap().len(), ROWS_MAX);
    }
}
