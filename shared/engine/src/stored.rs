//! Forms of what is stored or sent, and their versions: the one way in which such JSON is read.
//!
//! Invariant: a form of a newer version is never worked with and never written over. Two versions of
//! this program may work on the same data at once, during a roll-out or after a way back, and the
//! older one would misunderstand or drop what only the newer one knows.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A type that is stored or sent as JSON.
pub trait StoredForm: DeserializeOwned {
    /// What people call it, such as `run`.
    const KIND: &'static str;
    /// The newest version that is known here.
    const VERSION: u32;

    /// The version that stands in it, where it has a field of its own for that.
    fn version(&self) -> Option<u32> {
        None
    }
}

/// Why such a form is left alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A newer version of this program wrote it, and will go on with it.
    #[error(
        "this {kind} has version {found}: a newer tradewind wrote it; this one knows version {known} \
         and leaves it alone"
    )]
    Newer {
        /// What it is.
        kind: &'static str,
        /// Its version.
        found: u32,
        /// The newest version that is known here.
        known: u32,
    },
    /// It makes no sense. What it says is not repeated: it may be somebody's data.
    #[error("this {kind} cannot be read: {detail}")]
    Damaged {
        /// What it is.
        kind: &'static str,
        /// Where it stops making sense.
        detail: String,
    },
}

impl Unreadable {
    /// It makes no sense, for this reason.
    pub fn damaged<T: StoredForm>(detail: impl Into<String>) -> Self {
        Self::Damaged { kind: T::KIND, detail: detail.into() }
    }

    /// A newer version of this program wrote it.
    pub fn is_newer(&self) -> bool {
        matches!(self, Self::Newer { .. })
    }
}

/// Says whether forms of this version are known here.
pub fn check_version<T: StoredForm>(found: u32) -> Result<(), Unreadable> {
    match found > T::VERSION {
        true => Err(Unreadable::Newer { kind: T::KIND, found, known: T::VERSION }),
        false => Ok(()),
    }
}

/// The form that this JSON holds.
pub fn read_stored<T: StoredForm>(json: &[u8]) -> Result<T, Unreadable> {
    match serde_json::from_slice::<T>(json) {
        Ok(form) => {
            check_version::<T>(form.version().unwrap_or_else(|| version_in(json)))?;
            Ok(form)
        }
        Err(error) => {
            // What a newer version wrote may have another shape.
            check_version::<T>(version_in(json))?;
            let (line, column) = (error.line(), error.column());
            Err(Unreadable::damaged::<T>(format!("line {line}, column {column}")))
        }
    }
}

/// Where versions stand: at the top, and in an event also where its record keeps the event.
#[derive(Deserialize)]
struct Versions {
    v: Option<u32>,
    event: Option<Inner>,
}

#[derive(Deserialize)]
struct Inner {
    v: Option<u32>,
}

/// The newest version that is named; what names none is of the first.
fn version_in(json: &[u8]) -> u32 {
    let Ok(found) = serde_json::from_slice::<Versions>(json) else {
        // The inner one may be something else altogether.
        return serde_json::from_slice::<Inner>(json).ok().and_then(|top| top.v).unwrap_or(1);
    };
    found.v.max(found.event.and_then(|event| event.v)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::AuditLine;
    use crate::definitions::WorkflowHead;
    use crate::events::EventRecord;

    fn check<T: StoredForm + std::fmt::Debug>(json: &str, expected: &str) {
        let read = read_stored::<T>(json.as_bytes()).err().map(|error| error.to_string());
        assert_eq!(read.unwrap_or_default(), expected);
    }

    #[test]
    fn a_form_of_the_version_that_is_known_or_of_none_is_read() {
        let line =
            r#"{"at":"2026-03-01T08:00:00Z","actor":"a","action":"b","subject":"c","detail":""}"#;
        check::<AuditLine>(line, "");
        check::<AuditLine>(&line.replace('{', r#"{"v":1,"#), "");
    }

    #[test]
    fn a_newer_form_is_told_from_a_damaged_one_whatever_its_shape() {
        let newer_than = |kind, known| {
            format!(
                "this {kind} has version {}: a newer tradewind wrote it; this one knows version {known} \
                 and leaves it alone",
                known + 1
            )
        };
        let newer = |kind| newer_than(kind, 1);
        let event = newer_than("event", 4);
        let line = r#"{"v":2,"at":"2026-03-01T08:00:00Z","actor":"a","action":"b","subject":"c","detail":""}"#;
        check::<AuditLine>(line, &newer("line of the audit log"));
        let head = newer_than("workflow", 4);
        check::<WorkflowHead>(r#"{"v":5,"event":"order.placed"}"#, &head);
        check::<EventRecord>(r#"{"event":{"v":5,"shape":"new"}}"#, &event);
        check::<EventRecord>(r#"{"v":5,"event":"elsewhere"}"#, &event);
        check::<EventRecord>("{", "this event cannot be read: line 1, column 1");
    }
}
