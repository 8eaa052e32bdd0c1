//! Slots: the runs of one workflow and key, of which so many work at a time (`concurrency`).
//!
//! A run asks for its turn before its first step, and leaves when it ends or stops. The others wait in the order in
//! which they were started: whoever comes or leaves lets in those whose turn it is, and is kept with them as the
//! one who did, so that telling them can be done again.
//!
//! Invariant: a slot is written and removed only in the state in which it was read ([`Slot::stamp`]). Who is at work
//! stands in it before it works, and leaves it only after its record says that it has ended.

use crate::digests::hex;
use crate::ids::{RunId, StepPath, WorkflowId};
use crate::stored::StoredForm;
use crate::time::Timestamp;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

/// The version of the stored form of a slot.
pub const SLOT_VERSION: u32 = 1;
/// The most runs of one key that work at a time: whoever looks whether they still do reads them all.
pub const AT_WORK_MAX: u32 = 100;
/// The path of the step by which a run asks for its turn, and of the messages by which it leaves. No step of a
/// file is called so.
const PATH: &str = "$slot";

/// Where the runs stand that wait for each other: a digest, for the value may be somebody's address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SlotKey(pub String);

/// How many runs of one key wait in line; those that come when it is full ask again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRoom {
    /// So many in all.
    pub all: usize,
    /// So many of the places are only for runs that were started before one that waits: those that found the line
    /// full come back to it before others that were started after them.
    pub for_earlier: usize,
}

/// The runs of one key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Slot {
    /// Version of this form: [`SLOT_VERSION`].
    pub v: u32,
    /// Where it stands.
    pub key: SlotKey,
    /// The workflow.
    pub workflow: WorkflowId,
    /// So many work at a time.
    pub max: u32,
    /// The version of the workflow that says so: the newest of which a run has asked.
    pub version: u32,
    /// The run that was the first, and when.
    pub begun: (RunId, Timestamp),
    /// Those that work.
    pub at_work: Vec<AtWork>,
    /// Those that wait, in their order.
    pub in_line: Vec<InLine>,
    /// Raised by every write.
    pub fence: u64,
}

/// A run that works.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AtWork {
    /// The run.
    pub run: RunId,
    /// The run whose coming or leaving let it in.
    pub let_in_by: RunId,
}

/// A run that waits. In their order: those first that were started first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InLine {
    /// When it was started.
    pub started_at: Timestamp,
    /// The run.
    pub run: RunId,
}

/// A run that asks for its turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking<'a> {
    /// The run, and when it was started.
    pub run: &'a RunId,
    /// When it was started.
    pub started_at: Timestamp,
    /// Its workflow, and the version of it.
    pub workflow: &'a WorkflowId,
    /// The version of the workflow.
    pub version: u32,
    /// How many that version lets work at a time.
    pub max: u32,
}

/// What a run finds that asks for its turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It works already.
    Works,
    /// It waits already.
    Waits,
    /// Too many wait.
    Full,
    /// The slot to be written in place of the one that was read. Then it works, or waits; where it stands nowhere
    /// in it, too many wait, and its version lets others in or lets fewer work.
    Changes(Slot),
}

impl LineRoom {
    /// As many as one stored record bears.
    pub const STANDARD: Self = Self { all: 1_000, for_earlier: 200 };
}

impl SlotKey {
    /// Where the runs of a workflow stand that have this value in common.
    pub fn of(workflow: &WorkflowId, value: Option<&str>) -> Self {
        let mut digest = Context::new(&SHA256);
        for part in [workflow.as_str(), value.unwrap_or_default()] {
            // The length first, so that no two different pairs run together.
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        Self(format!("slot_{}", hex(&digest.finish().as_ref()[..16])))
    }

    /// Where a run stands whose key gives nothing: nobody is ever kept there.
    pub fn nowhere() -> Self {
        Self("slot_none".to_owned())
    }
}

impl StepPath {
    /// The step by which a run asks for its turn.
    pub fn slot() -> Self {
        Self(PATH.to_owned())
    }

    /// Whether it is that step.
    pub fn is_slot(&self) -> bool {
        self.0 == PATH
    }
}

impl Slot {
    /// What a run finds that asks for its turn where this slot was read.
    pub fn ask(
        current: Option<&Self>,
        key: &SlotKey,
        asking: &Asking<'_>,
        room: LineRoom,
        now: Timestamp,
    ) -> Asked {
        let mut slot = match current {
            Some(slot) if slot.has_at_work(asking.run) => return Asked::Works,
            Some(slot) => slot.clone(),
            None => Self::begin(key, asking, now),
        };
        // A version that is older says nothing about those that come now.
        if asking.version >= slot.version {
            (slot.version, slot.max) = (asking.version, asking.max);
        }
        // Where it lets more work, those that wait come before the one that asks.
        slot.let_in(asking.run);
        let own = InLine { started_at: asking.started_at, run: asking.run.clone() };
        let is_new = !slot.has_at_work(asking.run) && !slot.has_in_line(asking.run);
        if is_new && slot.has_room_for(&own, room) {
            let place = slot.in_line.partition_point(|other| *other < own);
            slot.in_line.insert(place, own);
            slot.let_in(asking.run);
        }
        if current == Some(&slot) {
            return if is_new { Asked::Full } else { Asked::Waits };
        }
        slot.fence += 1;
        Asked::Changes(slot)
    }

    /// The slot without a run that has left it, where it stood there; `by`: whose message leads to that.
    pub fn without(&self, gone: &RunId, by: &RunId) -> Option<Self> {
        if !self.has_at_work(gone) && !self.has_in_line(gone) {
            return None;
        }
        let mut slot = self.clone();
        slot.at_work.retain(|one| one.run != *gone);
        slot.in_line.retain(|one| one.run != *gone);
        slot.let_in(by);
        slot.fence += 1;
        Some(slot)
    }

    /// Whether the run works.
    pub fn has_at_work(&self, run: &RunId) -> bool {
        self.at_work.iter().any(|one| one.run == *run)
    }

    /// How many wait before the run, where it waits.
    pub fn before(&self, run: &RunId) -> Option<usize> {
        self.in_line.iter().position(|one| one.run == *run)
    }

    /// Those that the coming or leaving of this run let in, besides itself.
    pub fn let_in_by(&self, run: &RunId) -> Vec<RunId> {
        let others = self.at_work.iter().filter(|one| one.let_in_by == *run && one.run != *run);
        others.map(|one| one.run.clone()).collect()
    }

    /// Whether nobody is in it: then it is removed.
    pub fn is_empty(&self) -> bool {
        self.at_work.is_empty() && self.in_line.is_empty()
    }

    /// Whether it is the very state of the slot that was read: one of the same key that began after this one was
    /// removed never is.
    pub fn stamp(&self) -> String {
        let (first, at) = &self.begun;
        format!("{first}@{}#{}", at.as_nanosecond(), self.fence)
    }

    fn begin(key: &SlotKey, asking: &Asking<'_>, now: Timestamp) -> Self {
        Self {
            v: SLOT_VERSION,
            key: key.clone(),
            workflow: asking.workflow.clone(),
            max: asking.max,
            version: asking.version,
            begun: (asking.run.clone(), now),
            at_work: Vec::new(),
            in_line: Vec::new(),
            fence: 0,
        }
    }

    fn has_in_line(&self, run: &RunId) -> bool {
        self.before(run).is_some()
    }

    /// Whether the line has a place for a run that does not wait in it.
    fn has_room_for(&self, run: &InLine, room: LineRoom) -> bool {
        let is_earlier = self.in_line.last().is_some_and(|last| run < last);
        let kept = if is_earlier { 0 } else { room.for_earlier };
        let is_free = self.at_work.len() < self.max as usize;
        is_free || self.in_line.len() + kept < room.all
    }

    /// The first in line work from now on, as many as may.
    fn let_in(&mut self, by: &RunId) {
        let free = (self.max as usize).saturating_sub(self.at_work.len());
        let first = self.in_line.drain(..free.min(self.in_line.len()));
        self.at_work.extend(first.map(|one| AtWork { run: one.run, let_in_by: by.clone() }));
    }
}

impl StoredForm for Slot {
    const KIND: &'static str = "slot";
    const VERSION: u32 = SLOT_VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}

#[cfg(test)]
mod tests;
