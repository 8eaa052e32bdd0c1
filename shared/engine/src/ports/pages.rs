//! Pages of stored records.
//!
//! Invariant: a row that cannot be read is neither an end nor a gap. It counts, it is named, and what
//! stands behind it is on the next page at the latest.

use crate::stored::Unreadable;
use crate::time::Timestamp;
use std::ops::Deref;

/// Some of the records that were asked for. It reads like the list of those that could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T, Next> {
    /// Those that could be read.
    pub records: Vec<T>,
    /// Those that could not.
    pub hidden: Vec<Hidden>,
    /// Where the next page goes on; `None`: this was the last.
    pub next: Option<Next>,
}

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Whose row it is, and since when it has been due where that was asked for.
    pub place: Place,
    /// Why.
    pub why: Unreadable,
}

/// A place in the order of time, and of the ids at one moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The moment.
    pub at: Timestamp,
    /// The id.
    pub id: String,
}

impl<T, Next> Page<T, Next> {
    /// A page that is the last, without a row that could not be read.
    pub fn of(records: Vec<T>) -> Self {
        Self { records, hidden: Vec::new(), next: None }
    }

    /// How many rows were met.
    pub fn seen(&self) -> usize {
        self.records.len() + self.hidden.len()
    }

    /// How many rows a newer tradewind wrote, and how many make no sense.
    pub fn hidden_counts(&self) -> (usize, usize) {
        let newer = self.hidden.iter().filter(|hidden| hidden.why.is_newer()).count();
        (newer, self.hidden.len() - newer)
    }
}

impl<T, Next> Deref for Page<T, Next> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.records
    }
}

impl<T, Next> IntoIterator for Page<T, Next> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.into_iter()
    }
}

impl<T: PartialEq, Next, const N: usize> PartialEq<[T; N]> for Page<T, Next> {
    fn eq(&self, other: &[T; N]) -> bool {
        self.records == other
    }
}
