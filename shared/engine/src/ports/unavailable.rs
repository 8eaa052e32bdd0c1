//! A port that did not answer.

use crate::causes::{Cause, chain};
use crate::stored::Unreadable;
use std::error::Error;
use std::fmt;
use std::panic::Location;

/// A store, queue or bus that did not answer. Whether the call took effect is not known.
///
/// It is logged once, where it is handled, by [`Unavailable::logged`]: with its causes and its place.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct Unavailable {
    /// Which service, such as `store`.
    pub service: &'static str,
    /// What it said, for people.
    pub reason: String,
    #[source]
    cause: Option<Cause>,
    place: &'static Location<'static>,
}

/// The service that is not here yet, as far as this process is concerned: the next version of it.
const NEWER: &str = "a newer tradewind";
/// A store that answers, but holds something that cannot be read.
const DAMAGED: &str = "damaged store";

impl Unavailable {
    /// The service did not do it, for this reason. The place is the caller's.
    #[track_caller]
    pub fn new(service: &'static str, reason: impl Into<String>) -> Self {
        Self { service, reason: reason.into(), cause: None, place: Location::caller() }
    }

    /// The same, because of that.
    #[must_use]
    pub fn caused_by(self, error: &(dyn Error + 'static)) -> Self {
        Self { cause: Some(Cause::of(error)), ..self }
    }

    /// A message or form of a version that this process does not know.
    #[track_caller]
    pub fn newer(reason: impl Into<String>) -> Self {
        Self::new(NEWER, reason)
    }

    /// Whether it waits for a newer tradewind, which wrote what is asked for. Nothing is wrong then,
    /// and nothing is to be done here.
    pub fn is_newer(&self) -> bool {
        self.service == NEWER
    }

    /// Whether what is asked for is there and cannot be read here: asking again at once is vain.
    pub fn is_unreadable(&self) -> bool {
        self.is_newer() || self.service == DAMAGED
    }

    /// For the log: all causes, and where it came from.
    pub fn logged(&self) -> impl fmt::Display + '_ {
        fmt::from_fn(|formatter| {
            write!(formatter, "{} ({}:{})", chain(self), self.place.file(), self.place.line())
        })
    }

    fn sentence(&self) -> String {
        let Self { service, reason, .. } = self;
        match *service {
            NEWER => reason.clone(),
            DAMAGED => format!("store is unavailable: {reason}"),
            service => format!("{service} is unavailable: {reason}"),
        }
    }
}

/// Two are the same where they say the same, wherever they came from.
impl PartialEq for Unavailable {
    fn eq(&self, other: &Self) -> bool {
        (self.service, &self.reason) == (other.service, &other.reason)
    }
}

impl Eq for Unavailable {}

impl From<Unreadable> for Unavailable {
    #[track_caller]
    fn from(unreadable: Unreadable) -> Self {
        let service = match unreadable {
            Unreadable::Newer { .. } => NEWER,
            Unreadable::Damaged { .. } => DAMAGED,
        };
        Self::new(service, unreadable.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_names_causes_and_place_and_a_sentence_for_people_does_not() {
        let cause = std::io::Error::other("disk I/O error");
        let unavailable = Unavailable::new("store", "it cannot be written").caused_by(&cause);
        assert_eq!(unavailable.to_string(), "store is unavailable: it cannot be written");
        let logged = unavailable.logged().to_string();
        let (before, place) = logged.split_once(" (").unwrap();
        assert_eq!(before, "store is unavailable: it cannot be written: disk I/O error");
        assert!(place.contains("unavailable.rs:"), "{place}");
        assert_eq!(unavailable, Unavailable::new("store", "it cannot be written"));
    }
}
