//! The sets of adapters that run anywhere: SQLite, and memory in two ways.

use super::tampering::{Kept, Tampering};
use super::world::{Adapters, Message, Queues, START, Scale, World};
use async_trait::async_trait;
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tradewind::store::Store;
use tradewind_engine::stored::Unreadable;
use tradewind_engine::time::Timestamp;
use tradewind_memory::{Atomicity, Kind, Memory, MemoryTokens, VirtualClock};

/// How long a received message stays hidden.
pub(super) const VISIBILITY: Duration = Duration::from_secs(360);

/// On virtual time.
const SCALE: Scale = Scale {
    visibility: VISIBILITY,
    pause: Duration::from_secs(30),
    moment: Duration::from_nanos(1),
};

impl Adapters for Store {}
impl Adapters for Memory {}

impl World {
    pub(super) fn sqlite() -> Self {
        Self::sqlite_with_store().0
    }

    /// The same, with another handle of its store.
    pub(super) fn sqlite_with_store() -> (Self, Store) {
        let folder = tempfile::tempdir().unwrap();
        let clock = VirtualClock::new(START.parse().unwrap());
        let store = Store::open(folder.path(), Arc::new(clock.clone())).unwrap();
        let world = Self {
            clock,
            all_or_nothing: true,
            scale: SCALE,
            adapters: Box::new(store.clone()),
            folder: folder.path().to_owned(),
            tokens: Box::new(MemoryTokens::default()),
            _rest: Box::new(folder),
        };
        (world, store)
    }

    pub(super) fn memory() -> Self {
        Self::in_memory(Atomicity::WholeList)
    }

    pub(super) fn memory_bit_by_bit() -> Self {
        Self::in_memory(Atomicity::EachCommand)
    }

    fn in_memory(atomicity: Atomicity) -> Self {
        let clock = VirtualClock::new(START.parse().unwrap());
        let memory = Memory::new(Arc::new(clock.clone()), atomicity);
        Self {
            clock,
            all_or_nothing: atomicity == Atomicity::WholeList,
            scale: SCALE,
            adapters: Box::new(memory),
            folder: PathBuf::new(),
            tokens: Box::new(MemoryTokens::default()),
            _rest: Box::new(()),
        }
    }
}

#[async_trait]
impl Queues for Store {
    async fn receive(&self, queue: &str, max: usize, now: Timestamp) -> Vec<Message> {
        let received = Store::receive(self, queue, max, VISIBILITY, now).await.unwrap();
        let message = |one: tradewind::store::Received| Message {
            receipt: one.receipt,
            body: one.body,
            receives: one.receives,
        };
        received.into_iter().map(message).collect()
    }
}

#[async_trait]
impl Queues for Memory {
    async fn receive(&self, queue: &str, max: usize, now: Timestamp) -> Vec<Message> {
        let received = Memory::receive(self, queue, max, VISIBILITY, now);
        let message = |one: tradewind_memory::Message| Message {
            receipt: one.receipt,
            body: one.body,
            receives: one.receives,
        };
        received.into_iter().map(message).collect()
    }
}

#[async_trait]
impl Tampering for Store {
    async fn set_version(&self, folder: &Path, record: Kept<'_>, version: u32) -> bool {
        let (table, place, id, field) = match record {
            Kept::Run(run) => ("runs", "id = ?2", run, "$.v"),
            Kept::Event(event) => ("events", "id = ?2", event, "$.event.v"),
            Kept::Job(job) => ("jobs", "id = ?2", job, "$.v"),
            Kept::Project => ("project", "?2 = ''", "", "$.v"),
            Kept::Workflow(workflow) => ("workflows", "id = ?2", workflow, "$.v"),
            Kept::Version(workflow, _) => ("versions", "workflow = ?2", workflow, "$.v"),
            Kept::AuditLine(subject) => ("audit", "document ->> 'subject' = ?2", subject, "$.v"),
            Kept::OutboxEntry(key) => ("outbox", "key = ?2", key, "$.v"),
            Kept::Reply(_) => return false,
        };
        let document = match version {
            1 => format!("json_remove(json_set(document, '{field}', ?1), '$.new')"),
            _ => format!("json_set(document, '{field}', ?1, '$.new', 'unknown here')"),
        };
        let sql = format!("UPDATE {table} SET document = {document} WHERE {place}");
        assert_eq!(database(folder).execute(&sql, params![version, id]).unwrap(), 1);
        true
    }

    async fn damage(&self, folder: &Path, runs: &[String]) {
        let database = database(folder);
        database.execute_batch("BEGIN IMMEDIATE").unwrap();
        for run in runs {
            let sql = "UPDATE runs SET document = '{\"v\":1,' WHERE id = ?1";
            assert_eq!(database.execute(sql, [run]).unwrap(), 1);
        }
        database.execute_batch("COMMIT").unwrap();
    }
}

fn database(folder: &Path) -> Connection {
    let database = Connection::open(folder.join("tradewind.db")).unwrap();
    database.busy_timeout(Duration::from_secs(5)).unwrap();
    database
}

#[async_trait]
impl Tampering for Memory {
    async fn set_version(&self, _folder: &Path, record: Kept<'_>, version: u32) -> bool {
        let (kind, id) = match record {
            Kept::Run(run) => (Kind::Run, run.to_owned()),
            Kept::Event(event) => (Kind::Event, event.to_owned()),
            Kept::Job(job) => (Kind::Job, job.to_owned()),
            Kept::Project => (Kind::Project, String::new()),
            Kept::Workflow(workflow) => (Kind::Workflow, workflow.to_owned()),
            Kept::Version(workflow, version) => (Kind::Version, format!("{workflow}@{version}")),
            Kept::AuditLine(subject) => (Kind::AuditLine, subject.to_owned()),
            Kept::OutboxEntry(key) => (Kind::OutboxEntry, key.to_owned()),
            Kept::Reply(key) => (Kind::Reply, key.to_owned()),
        };
        let newer = Unreadable::Newer { kind: "record", found: version, known: 1 };
        self.hide(kind, &id, (version > 1).then_some(newer));
        true
    }

    async fn damage(&self, _folder: &Path, runs: &[String]) {
        for run in runs {
            let damaged = Unreadable::Damaged { kind: "run", detail: "line 1".to_owned() };
            self.hide(Kind::Run, run, Some(damaged));
        }
    }
}
