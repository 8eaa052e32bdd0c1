//! Records that this process cannot read: a newer one wrote them, or they are damaged. In memory
//! nothing is ever written or damaged so; whoever tests what follows from it says which.

use super::{Memory, State};
use std::collections::BTreeMap;
use tradewind_engine::ports::{Hidden, Page, Place, Unavailable};
use tradewind_engine::stored::Unreadable;
use tradewind_engine::time::Timestamp;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A run, by its id.
    Run,
    /// An event, by its id.
    Event,
    /// A job, by its id.
    Job,
    /// The project.
    Project,
    /// A workflow, by its id.
    Workflow,
    /// A version, as `<workflow>@<version>`.
    Version,
    /// A line of the audit log, by its subject.
    AuditLine,
    /// An entry of the outbox, by its key.
    OutboxEntry,
    /// An answer, by its key.
    Reply,
    /// A dead letter, by its id.
    Letter,
}

/// Why these records cannot be read.
#[derive(Default)]
pub(super) struct Unread(BTreeMap<(Kind, String), Unreadable>);

impl Unread {
    pub(super) fn why(&self, kind: Kind, id: &str) -> Option<&Unreadable> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&(kind, id.to_owned()))
    }

    pub(super) fn hides(&self, kind: Kind, id: &str) -> bool {
        self.why(kind, id).is_some()
    }

    /// Whether a newer process wrote it.
    pub(super) fn is_newer(&self, kind: Kind, id: &str) -> bool {
        self.why(kind, id).is_some_and(Unreadable::is_newer)
    }

    /// An error where the record cannot be read.
    pub(super) fn check(&self, kind: Kind, id: &str) -> Result<(), Unavailable> {
        self.why(kind, id).map_or(Ok(()), |why| Err(why.clone().into()))
    }
}

impl Memory {
    /// From now on the record cannot be read for this reason; `None`: it can be.
    pub fn hide(&self, kind: Kind, id: &str, why: Option<Unreadable>) {
        let unread = &mut self.state().unread.0;
        match why {
            Some(why) => unread.insert((kind, id.to_owned()), why),
            None => unread.remove(&(kind, id.to_owned())),
        };
    }
}

impl State {
    /// The page of these rows, which stand in their order: the record, and its place.
    pub(super) fn page<'a, T: Clone + 'a>(
        &self,
        kind: Kind,
        rows: impl Iterator<Item = (&'a T, Timestamp, &'a str)>,
        limit: usize,
    ) -> Page<T, Place> {
        let mut page = Page::of(Vec::new());
        for (record, at, id) in rows.take(limit) {
            let place = Place { at, id: id.to_owned() };
            match self.unread.why(kind, id) {
                None => page.records.push(record.clone()),
                Some(why) => {
                    page.hidden.push(Hidden { place: place.clone(), why: why.clone() });
                }
            }
            page.next = Some(place);
        }
        if page.seen() < limit {
            page.next = None;
        }
        page
    }
}

/// The same page; the next goes on behind an id.
pub(super) fn by_id<T, Id: From<String>>(page: Page<T, Place>) -> Page<T, Id> {
    let Page { records, hidden, next } = page;
    Page { records, hidden, next: next.map(|place| Id::from(place.id)) }
}
