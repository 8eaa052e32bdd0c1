//! The small model of a hold: events that come, two workers, a sweeper, and time, with messages that are lost or
//! come twice and workers that stop between any two of their steps. Each read and each write is a step.
//!
//! Invariant: no event is lost, and none is in two runs; each rule, broken once around the code, is found broken.

use super::placed::placed;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;
use tradewind_engine::events::{Decision, EventRecord, Folding, HeldIn, Verdict};
use tradewind_engine::holds::{
    Arrival, HOLD_VERSION, Held, Hold, HoldKey, HoldKind, HoldTerms, Look,
};
use tradewind_engine::ids::{EventId, RunId};
use tradewind_engine::time::{Timestamp, after};

/// Fewer would mean that the faults no longer reach the code.
const STATES_MIN: usize = 20_000;
/// More than the model has; it is to stay small.
const STATES_MAX: usize = 100_000;
/// So often a hold may come to be due.
const TICKS_MAX: u32 = 2;
const LENGTH: Duration = Duration::from_secs(60);

/// A rule that is broken around the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Broken {
    Nothing,
    /// The hold is removed, whatever stands there.
    RemoveAnything,
    /// The hold is written, whatever stands there.
    WriteAnything,
    /// The run starts before the hold is closed.
    StartOpen,
    /// What is recorded of an event is not looked at again.
    BelieveHold,
    /// The message of an event is acknowledged before it has joined.
    AckFirst,
    /// The hold is removed before its events are told.
    RemoveFirst,
    /// What was decided is recorded, whatever was begun meanwhile.
    RecordOver,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Job {
    /// The event that it dispatches; nothing where it looks after the hold alone.
    event: Option<u8>,
    at: At,
}

impl Job {
    fn is_recorded(&self) -> bool {
        !matches!(self.at, At::LookUp | At::Record(_))
    }
}

/// What it does next, with what it has read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum At {
    /// What was recorded before, which stays as it was read.
    LookUp,
    Record(Said),
    ReadRecord,
    ReadHold,
    Join(Option<Hold>),
    Send,
    Ack,
    Look,
    Close(Hold, Hold),
    Gather(Hold),
    Start(Hold, Vec<EventId>),
    Tell(Hold, Vec<EventId>, usize),
    Remove(Hold),
}

/// What is recorded of an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Said {
    Held,
    Run(RunId),
    Folded(EventId, RunId),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    kind: HoldKind,
    max: usize,
    broken: Broken,
    ticks: u32,
    events: BTreeMap<u8, u8>,
    wakes: u8,
    said: BTreeMap<EventId, Said>,
    hold: Option<Hold>,
    runs: BTreeMap<RunId, Vec<EventId>>,
    jobs: Vec<Job>,
    lost: u8,
    doubled: u8,
    crashes: u8,
}

impl Said {
    fn verdict(&self) -> Verdict {
        let decision = match self.clone() {
            Self::Held => Decision::Held(HeldIn { hold: key(), until: Timestamp::UNIX_EPOCH }),
            Self::Run(run) => Decision::Run(run),
            Self::Folded(into, run) => Decision::Folded(Folding { into, run }),
        };
        Verdict { workflow: "w".into(), version: 1, decision }
    }

    fn of(decision: &Decision) -> Self {
        match decision.clone() {
            Decision::Held(_) => Self::Held,
            Decision::Run(run) => Self::Run(run),
            Decision::Folded(folding) => Self::Folded(folding.into, folding.run),
            other => panic!("{other:?}"),
        }
    }
}

fn record(said: &Said) -> EventRecord {
    let decision = Decision::Error("if: it is no number".to_owned());
    let other = Verdict { workflow: "other".into(), version: 1, decision };
    EventRecord {
        event: placed(Timestamp::UNIX_EPOCH),
        verdicts: vec![said.verdict(), other],
        redacted_at: None,
    }
}

fn id(event: u8) -> EventId {
    EventId(format!("evt_{event}"))
}

impl World {
    fn new(kind: HoldKind, max: usize, broken: Broken, faults: [u8; 3]) -> Self {
        let [lost, doubled, crashes] = faults;
        Self {
            kind,
            max,
            broken,
            ticks: 0,
            events: BTreeMap::from([(0, 1), (1, 1)]),
            wakes: 0,
            said: BTreeMap::new(),
            hold: None,
            runs: BTreeMap::new(),
            jobs: Vec::new(),
            lost,
            doubled,
            crashes,
        }
    }

    fn now(&self) -> Timestamp {
        after(Timestamp::UNIX_EPOCH, LENGTH * self.ticks)
    }

    fn verdicts(&self, event: &EventId) -> Vec<Verdict> {
        self.said.get(event).map(Said::verdict).into_iter().collect()
    }

    /// Records an event that another workflow could not judge, so that its record makes way for the next.
    fn record(&mut self, event: &EventId, said: &Said) {
        let kept = match self.said.get(event) {
            Some(stands) if self.broken != Broken::RecordOver => {
                let kept = record(stands).replaced_by(&record(said)).expect("it makes way");
                Said::of(&kept.verdict(&"w".into()).expect("it is there").decision)
            }
            _ => said.clone(),
        };
        self.said.insert(event.clone(), kept);
    }

    fn nexts(&self) -> Vec<Self> {
        let mut nexts = Vec::new();
        self.messages_move(&mut nexts);
        for hand in 0..self.jobs.len() {
            let mut next = self.clone();
            let job = next.jobs.remove(hand);
            if let Some(job) = next.work(job) {
                next.jobs.insert(hand, job);
            }
            nexts.push(next);
            if self.crashes > 0 {
                let mut next = self.clone();
                next.crashes -= 1;
                match next.jobs.remove(hand).event {
                    // It was acknowledged, so that nothing shows again.
                    Some(_) if self.broken == Broken::AckFirst && self.jobs[hand].is_recorded() => {
                    }
                    Some(event) => *next.events.entry(event).or_default() = 1,
                    None => next.wakes = 1,
                }
                nexts.push(next);
            }
        }
        if self.ticks < TICKS_MAX {
            nexts.push(Self { ticks: self.ticks + 1, ..self.clone() });
        }
        // The sweeper, once nothing else moves.
        let is_due = self.hold.as_ref().is_some_and(|hold| hold.due_at <= self.now());
        if is_due && self.jobs.is_empty() && self.wakes == 0 {
            nexts.push(Self { wakes: 1, ..self.clone() });
        }
        nexts
    }

    fn messages_move(&self, nexts: &mut Vec<Self>) {
        for (event, count) in &self.events {
            if self.jobs.len() < 2 {
                let mut next = self.clone();
                next.take(*event);
                next.jobs.push(Job { event: Some(*event), at: At::LookUp });
                nexts.push(next);
            }
            if self.doubled > 0 && *count == 1 {
                let mut next = self.clone();
                next.doubled -= 1;
                next.events.insert(*event, 2);
                nexts.push(next);
            }
        }
        if self.wakes > 0 {
            if self.jobs.len() < 2 {
                let mut next = Self { wakes: 0, ..self.clone() };
                next.jobs.push(Job { event: None, at: At::Look });
                nexts.push(next);
            }
            if self.lost > 0 {
                nexts.push(Self { wakes: 0, lost: self.lost - 1, ..self.clone() });
            }
        }
    }

    fn take(&mut self, event: u8) {
        let left = self.events[&event] - 1;
        self.events.insert(event, left);
        self.events.retain(|_, left| *left > 0);
    }

    /// One step of a worker; nothing where it was its last.
    fn work(&mut self, job: Job) -> Option<Job> {
        let event = job.event;
        let goes = |at| Some(Job { event, at });
        // Whoever came to finish the hold for an event of its own goes on with that.
        let finished = || event.map(|event| Job { event: Some(event), at: At::ReadHold });
        match job.at {
            At::LookUp => {
                let before = self.said.get(&id(event?)).cloned();
                goes(At::Record(before.unwrap_or(Said::Held)))
            }
            At::Record(said) => {
                self.record(&id(event?), &said);
                goes(At::ReadRecord)
            }
            At::ReadRecord => match self.said[&id(event?)] {
                Said::Held => goes(At::ReadHold),
                _ => goes(At::Ack),
            },
            At::ReadHold => goes(At::Join(self.hold.clone())),
            At::Join(read) => self.join(event?, read),
            // Should it stop before it acknowledges, it only sends again.
            At::Send => {
                self.wakes = 1;
                None
            }
            At::Ack => None,
            At::Look => match self.hold.clone() {
                None => finished(),
                Some(hold) => match hold.look(self.now()) {
                    // Its message shows again at its time.
                    Look::Early(_) => {
                        self.wakes = 1;
                        None
                    }
                    Look::Close(_) if self.broken == Broken::StartOpen => goes(At::Gather(hold)),
                    Look::Close(closed) => goes(At::Close(hold, closed)),
                    Look::Start => goes(At::Gather(hold)),
                },
            },
            At::Close(read, closed) => match self.save(&closed, Some(&read)) {
                true => goes(At::Gather(closed)),
                false => goes(At::Look),
            },
            At::Gather(hold) => {
                let mut held: Vec<&Held> = hold.events.iter().collect();
                held.sort_by_key(|held| held.place());
                let is_in = |held: &&Held| {
                    self.broken == Broken::BelieveHold
                        || hold.is_for_it(&self.verdicts(&held.event))
                };
                let held = held.into_iter().filter(is_in).map(|held| held.event.clone()).collect();
                goes(At::Start(hold, held))
            }
            At::Start(hold, held) => {
                if !held.is_empty() {
                    self.runs.entry(hold.run()).or_insert_with(|| held.clone());
                }
                if self.broken == Broken::RemoveFirst {
                    self.remove(&hold);
                }
                goes(At::Tell(hold, held, 0))
            }
            At::Tell(hold, held, told) => match (held.get(told), held.last()) {
                (Some(event), Some(newest)) => {
                    if self.said.get(event) == Some(&Said::Held) {
                        let said = Said::of(&hold.decision(event, newest));
                        self.said.insert(event.clone(), said);
                    }
                    goes(At::Tell(hold, held, told + 1))
                }
                _ => goes(At::Remove(hold)),
            },
            At::Remove(hold) => {
                self.remove(&hold);
                finished()
            }
        }
    }

    fn join(&mut self, event: u8, read: Option<Hold>) -> Option<Job> {
        let goes = |at| Some(Job { event: Some(event), at });
        let (now, accepted_at) =
            (self.now(), after(Timestamp::UNIX_EPOCH, Duration::from_secs(event.into())));
        let held = Held { event: id(event), accepted_at, version: 1, bytes: 0 };
        let terms = HoldTerms { kind: self.kind, length: LENGTH, max: self.max };
        let begin = || Hold {
            v: HOLD_VERSION,
            key: key(),
            workflow: "w".into(),
            connection: None,
            value: None,
            kind: self.kind,
            first: id(event),
            first_at: now,
            due_at: now,
            events: Vec::new(),
            fence: 0,
            closed: false,
        };
        match Hold::arrive(read.as_ref(), begin, held, &terms, now) {
            Arrival::Join(hold) => match self.save(&hold, read.as_ref()) {
                true if read.is_none() || hold.due_at <= now => goes(At::Send),
                true => goes(At::Ack),
                false => goes(At::ReadHold),
            },
            Arrival::Known => goes(At::Send),
            Arrival::Finish => goes(At::Look),
        }
    }

    fn save(&mut self, hold: &Hold, read: Option<&Hold>) -> bool {
        let stands = self.hold.as_ref().map(Hold::stamp);
        if stands != read.map(Hold::stamp) && self.broken != Broken::WriteAnything {
            return false;
        }
        self.hold = Some(hold.clone());
        true
    }

    fn remove(&mut self, read: &Hold) {
        let stands = self.hold.as_ref().map(Hold::stamp);
        if stands == Some(read.stamp()) || self.broken == Broken::RemoveAnything {
            self.hold = None;
        }
    }

    fn print(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// One of the states that differ in nothing that can be told: which of the two workers has which job makes no
    /// difference, and whoever is about to write what has changed since they read it only reads again.
    fn settled(mut self) -> Self {
        let stands = self.hold.as_ref().map(Hold::stamp);
        let writes_anything = self.broken == Broken::WriteAnything;
        let is_stale = |read: Option<&Hold>| read.map(Hold::stamp) != stands && !writes_anything;
        for job in &mut self.jobs {
            let own = job.event.map(id);
            let takes = |read: &Hold| {
                let knows = read.events.iter().any(|held| Some(&held.event) == own.as_ref());
                !read.closed && read.events.len() < self.max && !knows
            };
            match &job.at {
                At::Join(read) if is_stale(read.as_ref()) && read.as_ref().is_none_or(takes) => {
                    job.at = At::ReadHold;
                }
                At::Close(read, _) if is_stale(Some(read)) => job.at = At::Look,
                _ => {}
            }
        }
        self.jobs.sort_by_cached_key(|job| {
            let mut hasher = DefaultHasher::new();
            job.hash(&mut hasher);
            hasher.finish()
        });
        self
    }

    /// What is wrong in this state.
    fn harm(&self) -> Option<&'static str> {
        for event in [id(0), id(1)] {
            let in_runs = self.runs.values().filter(|events| events.contains(&event)).count();
            if in_runs > 1 {
                return Some("an event is in two runs");
            }
        }
        if !self.events.is_empty() || self.wakes > 0 || !self.jobs.is_empty() {
            return None;
        }
        if self.hold.is_some() {
            // The sweeper comes, or time would have to pass further than it does in here.
            return None;
        }
        for event in [id(0), id(1)] {
            let named = match self.said.get(&event) {
                Some(Said::Run(run) | Said::Folded(_, run)) => run,
                Some(Said::Held) => return Some("an event is held for ever"),
                None => return Some("an event was never recorded"),
            };
            if !self.runs.get(named).is_some_and(|events| events.contains(&event)) {
                return Some("an event is in no run");
            }
        }
        None
    }
}

fn key() -> HoldKey {
    HoldKey("hold_1".to_owned())
}

/// How many states there are, and the harms in them; what follows from a harm is not looked at.
fn explore(world: World) -> (usize, BTreeSet<&'static str>) {
    let (mut seen, mut harms) = (HashSet::new(), BTreeSet::new());
    let mut coming = vec![world];
    while let Some(world) = coming.pop() {
        if let Some(harm) = world.harm() {
            harms.insert(harm);
            continue;
        }
        let nexts = world.nexts().into_iter().map(World::settled);
        coming.extend(nexts.filter(|next| seen.insert(next.print())));
        assert!(seen.len() < STATES_MAX, "the model has grown");
    }
    (seen.len(), harms)
}

#[test]
fn no_event_is_lost_and_none_is_in_two_runs() {
    let mut states = 0;
    let (debounce, batch) = (HoldKind::Debounce, HoldKind::Batch);
    let (messages, crash) = ([1, 1, 0], [0, 0, 1]);
    for (name, kind, max, faults) in [
        ("debounce, a message lost and one doubled", debounce, 1_000, messages),
        ("debounce, a worker that stops", debounce, 1_000, crash),
        ("debounce, a message doubled and a worker that stops", debounce, 1_000, [0, 1, 1]),
        ("batch, a message lost and one doubled", batch, 1_000, messages),
        ("batch, a worker that stops", batch, 1_000, crash),
        ("batches of one, a message doubled", batch, 1, [0, 1, 0]),
        ("batches of one, a worker that stops", batch, 1, crash),
    ] {
        let (found, harms) = explore(World::new(kind, max, Broken::Nothing, faults));
        assert!(harms.is_empty(), "{name}: {harms:?}");
        println!("{found:>9}  {name}");
        states += found;
    }
    assert!(states > STATES_MIN, "only {states} states");
}

#[test]
fn each_rule_of_holds_is_needed() {
    let (held, lost, twice) =
        ("an event is held for ever", "an event is in no run", "an event is in two runs");
    for (broken, harm) in [
        (Broken::RemoveAnything, held),
        (Broken::WriteAnything, held),
        (Broken::StartOpen, lost),
        (Broken::BelieveHold, twice),
        (Broken::AckFirst, held),
        (Broken::RemoveFirst, held),
        (Broken::RecordOver, twice),
    ] {
        let kinds = [HoldKind::Debounce, HoldKind::Batch];
        let found = kinds.map(|kind| explore(World::new(kind, 1_000, broken, [0, 1, 0])).1);
        let found_so = kinds.map(|kind| explore(World::new(kind, 1_000, broken, [0, 0, 1])).1);
        let found: BTreeSet<_> = found.into_iter().chain(found_so).flatten().collect();
        assert!(found.contains(harm), "{broken:?}: {found:?}");
    }
}
