//! The store, the queues and the bus in memory.
//!
//! Invariant: a run changes only through `Write::apply`, under the one lock.

mod audit;
mod backlog;
mod definitions;
mod hidden;
mod holds;
mod jobs;
mod journal;
mod letters;
mod marks;
mod queues;
mod records;
mod schedules;
mod slots;

pub use hidden::Kind;
pub use journal::Atomicity;
pub use queues::Message;

use self::hidden::Unread;
use self::queues::Queues;
use crate::outbox::MemoryOutbox;
use crate::tokens::MemoryTokens;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tradewind_engine::audit::{AuditLine, Reply};
use tradewind_engine::definitions::{Current, ProviderFile, WorkflowVersion};
use tradewind_engine::events::Event;
use tradewind_engine::events::EventRecord;
use tradewind_engine::holds::{Hold, HoldKey};
use tradewind_engine::ids::{EventId, JobId, ProviderId, RunId, WorkflowId};
use tradewind_engine::jobs::Job;
use tradewind_engine::marks::{Mark, MarkKey};
use tradewind_engine::ports::Clock;
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_engine::runs::Run;
use tradewind_engine::slots::{Slot, SlotKey};
use tradewind_engine::time::Timestamp;

/// Everything that a runtime keeps, in memory.
pub struct Memory {
    clock: Arc<dyn Clock>,
    atomicity: Atomicity,
    outbox: MemoryOutbox,
    tokens: MemoryTokens,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    runs: BTreeMap<RunId, Run>,
    // When a run that cannot be read is looked at instead.
    postponed: BTreeMap<RunId, Timestamp>,
    events: BTreeMap<EventId, EventRecord>,
    marks: BTreeMap<(MarkKey, String), Mark>,
    holds: BTreeMap<HoldKey, Hold>,
    /// Holds that are looked after later than they are due.
    postponed_holds: BTreeMap<HoldKey, Timestamp>,
    slots: BTreeMap<SlotKey, Slot>,
    queues: Queues,
    current: Current,
    versions: BTreeMap<(WorkflowId, u32), WorkflowVersion>,
    provider_files: BTreeMap<(ProviderId, String), ProviderFile>,
    audit: Vec<AuditLine>,
    jobs: BTreeMap<JobId, Job>,
    // The newest due time that was published.
    fired: BTreeMap<WorkflowId, Timestamp>,
    replies: BTreeMap<String, (Timestamp, Reply)>,
    // When the requests began that hold these keys.
    held_keys: BTreeMap<String, Timestamp>,
    unread: Unread,
}

impl Memory {
    /// An empty store. `clock` is the store's own: visibility and delays are counted by it.
    pub fn new(clock: Arc<dyn Clock>, atomicity: Atomicity) -> Self {
        Self {
            clock,
            atomicity,
            outbox: MemoryOutbox::default(),
            tokens: MemoryTokens::default(),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The bus routes every event to the dispatch queue.
    fn publish(&mut self, event: &Event, now: Timestamp) {
        let body = serde_json::to_string(event).expect("an event is plain data");
        self.queues.send(DISPATCH_QUEUE, body, now);
    }
}
