//! The keys of the runs table and the attributes of its indexes, in one place.
//!
//! What belongs to a run stands below the run's own key, `RUN#<id>`, so that it is read and removed
//! with it. Four indexes, each sparse:
//! - `due`: what time will ask for, spread over shards, because everything is written there;
//! - `lists`: what people page through, a partition for each day, the newest read first;
//! - `waiting`: of the runs those that wait for a time, an event or people, in the same order;
//! - `by_event`: the runs of an event, and the branches of a run's loops, which stand below the run.
//!
//! What `purge` finds in the index of what is due, by key: a letter of a run is `RUN#<run>` /
//! `LETTER#<id>` and due as `Purge` at its time; one of no run is `LETTER#<id>` / `LETTER`, and one of
//! the dispatch queue is due as `Redact`, because it holds an event. A line of the audit log is
//! `AUDIT#<id>` and due as `Purge`; an answer is `REPLY#<key>` and due as `Reply`.

use super::values::{Item, get_text, get_time, number, text, time};
use ring::digest::{SHA256, digest};
use std::time::Duration;
use tradewind_engine::ids::{EventId, RunId};
use tradewind_engine::time::{Timestamp, after};
use tradewind_stack::kinds::Kind;

/// The key of every item.
pub(super) const PK: &str = "pk";
pub(super) const SK: &str = "sk";
/// When DynamoDB may remove the item, in seconds.
pub(crate) const TTL: &str = "ttl";

/// The index of what is due.
pub(super) const DUE: &str = "due";
pub(super) const DUE_PK: &str = "due_pk";
pub(super) const DUE_AT: &str = "due_at";
/// How many partitions the index of what is due has of each kind.
pub(super) const SHARDS: u8 = 16;

/// The index of lists.
pub(super) const LISTS: &str = "lists";
pub(super) const LIST_PK: &str = "list_pk";
pub(super) const LIST_SK: &str = "list_sk";
/// The index of runs that wait; the places are those of lists.
pub(super) const WAITING: &str = "waiting";
pub(super) const WAITING_PK: &str = "waiting_pk";
/// What the index of lists holds beside the keys; that of runs that wait holds the workflow.
pub(super) const WORKFLOW: &str = "workflow";
pub(super) const RUN_STATE: &str = "run_state";

/// The index of the runs of an event, and of the branches of a run.
pub(super) const BY_EVENT: &str = "by_event";
pub(super) const EVENT_ATTRIBUTE: &str = "event";

/// What the keys and the lists of each kind begin with: roles are told by the same words which items they
/// may touch.
pub(super) const RUN: &str = Kind::Run.word();
pub(super) const EVENT: &str = Kind::Event.word();
pub(super) const LETTER: &str = Kind::Letter.word();
pub(super) const AUDIT: &str = Kind::Audit.word();
pub(super) const REPLY: &str = Kind::Reply.word();
pub(super) const MARK: &str = Kind::Mark.word();

/// What time will ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// The sweeper looks at the run.
    Check,
    /// The data is removed, or the whole of it where only the data is worth keeping it.
    Redact,
    /// All of it is removed.
    Purge,
    /// Events that are held become a run.
    Hold,
    /// The answer to a request need not be repeated any more.
    Reply,
}

impl Due {
    fn word(self) -> &'static str {
        match self {
            Self::Check => "CHECK",
            Self::Redact => "REDACT",
            Self::Purge => "PURGE",
            Self::Hold => "HOLD",
            Self::Reply => "REPLY",
        }
    }

    /// Its partition for whatever has this id.
    pub(super) fn partition_of(self, id: &str) -> String {
        self.partition(digest(&SHA256, id.as_bytes()).as_ref()[0] % SHARDS)
    }

    /// All of its partitions.
    pub(super) fn partitions(self) -> impl Iterator<Item = String> {
        (0..SHARDS).map(move |shard| self.partition(shard))
    }

    fn partition(self, shard: u8) -> String {
        format!("{}#{shard}", self.word())
    }
}

/// A key as it is asked for.
pub(crate) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    Item::from([(PK.to_owned(), text(pk)), (SK.to_owned(), text(sk))])
}

/// The key of an item, out of the item or of its entry in an index.
pub(super) fn key_of(item: &Item) -> Option<Item> {
    Some(key(get_text(item, PK)?, get_text(item, SK)?))
}

/// What a run and all that belongs to it stands below.
pub(super) fn run_pk(run: &RunId) -> String {
    Kind::Run.key(run)
}

/// The key of a run.
pub(super) fn run(id: &RunId) -> Item {
    key(run_pk(id), RUN)
}

/// The key of an event.
pub(super) fn event(id: &EventId) -> Item {
    key(Kind::Event.key(id), EVENT)
}

/// Puts the item into the index of what is due.
pub(super) fn put_due(item: &mut Item, due: Due, id: &str, at: Timestamp) {
    item.insert(DUE_PK.to_owned(), text(due.partition_of(id)));
    item.insert(DUE_AT.to_owned(), time(at));
}

/// Where the item stands among what is due so, if it does.
pub(super) fn due_at(item: &Item, due: Due) -> Option<Timestamp> {
    let (word, _) = get_text(item, DUE_PK)?.split_once('#')?;
    get_time(item, DUE_AT).filter(|_| word == due.word())
}

/// Puts the item into a list, below the day and the moment when it came to be.
pub(super) fn put_listed(item: &mut Item, list: &str, at: Timestamp, id: &str) {
    item.insert(LIST_PK.to_owned(), text(list_day(list, at)));
    item.insert(LIST_SK.to_owned(), text(list_place(at, id)));
}

/// The partition of a list for the day of this moment.
pub(super) fn list_day(list: &str, at: Timestamp) -> String {
    format!("{list}#{}", at.strftime("%Y-%m-%d"))
}

/// A place within a list: in the order of time, and of the ids at one moment.
pub(super) fn list_place(at: Timestamp, id: &str) -> String {
    // 21 digits reach the year 9999. Nothing happens before 1970.
    format!("{:021}#{id}", at.as_nanosecond().max(0))
}

/// The moment of a place in a list, and the id behind it.
pub(super) fn parts_of_place(place: &str) -> Option<(Timestamp, &str)> {
    let (nanoseconds, id) = place.split_once('#')?;
    Some((Timestamp::from_nanosecond(nanoseconds.parse().ok()?).ok()?, id))
}

/// Lets DynamoDB remove the item when so much time has passed. It does so within a few days.
pub(super) fn put_ttl(item: &mut Item, from: Timestamp, keep: Duration) {
    item.insert(TTL.to_owned(), number(after(from, keep).as_second()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_says_when_and_what() {
        let at: Timestamp = "2026-03-01T08:00:00.123456789Z".parse().unwrap();
        let id = "000000000001#run_1:log:3";
        assert_eq!(parts_of_place(&list_place(at, id)), Some((at, id)));
        assert_eq!(parts_of_place("anything"), None);
    }
}
