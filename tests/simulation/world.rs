//! One world: a store, a clock, chance, weather, the other side, and everything that is noted.

use super::chance::Chance;
use super::fresh::Orders;
use super::ledger::Ledger;
use super::slots::room;
use super::trace::Trace;
use super::watch::Watch;
use super::weather::Weather;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tradewind_engine::events::Event;
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::Clock;
use tradewind_engine::slots::LineRoom;
use tradewind_engine::time::{Timestamp, after};
use tradewind_memory::{Atomicity, Executor, Memory, MemoryLimits, SeededIds, VirtualClock};
use tradewind_platform::sweep::HOLD_OVERDUE;

/// When every world begins.
const START: &str = "2026-11-23T08:00:00Z";

/// A secret and an address that must never be seen where they do not belong.
pub(crate) const CANARY_SECRET: &str = "sk-canary-7f3a91";
pub(crate) const CANARY_EMAIL: &str = "canary.person@example.com";

pub(crate) struct World {
    pub(crate) start: Timestamp,
    pub(crate) clock: VirtualClock,
    pub(crate) executor: Executor,
    pub(crate) atomicity: Atomicity,
    pub(crate) memory: Arc<Memory>,
    pub(crate) limits: MemoryLimits,
    pub(crate) chance: Chance,
    /// A stream of its own, so that what is hidden shifts nothing else of a seed.
    pub(crate) hiding: Chance,
    /// So that which runs wait for each other does not either.
    pub(crate) limiting: Chance,
    /// How many runs of a key wait for each other.
    pub(crate) room: LineRoom,
    /// Nor does what breaks at moments that few calls come to.
    pub(crate) breaking: Chance,
    pub(crate) ids: Arc<SeededIds>,
    pub(crate) weather: Weather,
    pub(crate) ledger: Ledger,
    pub(crate) orders: Orders,
    pub(crate) trace: Trace,
    pub(crate) watch: Watch,
    pub(crate) facts: Mutex<Facts>,
}

/// What the world outside knows.
#[derive(Default)]
pub(crate) struct Facts {
    /// Events that got a 2xx, with whether their condition holds.
    pub(crate) accepted: BTreeMap<EventId, Accepted>,
    /// Every event that the bus was given, however long its record and its data are kept.
    pub(crate) published: BTreeMap<EventId, Published>,
    /// Connections whose credentials were revoked.
    pub(crate) revoked: BTreeSet<String>,
    /// Texts that went to the log and held a canary.
    pub(crate) leaked: Vec<String>,
    /// When each event was given to the workflows for the first time.
    pub(crate) dispatched: BTreeMap<EventId, Timestamp>,
    /// Events that have left a mark.
    pub(crate) marked: BTreeMap<EventId, MarkedEvent>,
    pub(crate) crashes: u32,
    /// A workflow goes by the clock.
    pub(crate) goes_by_the_clock: bool,
    /// What people decided.
    pub(crate) decided: Vec<super::decisions::Decided>,
    /// Events that were published by way of a journal.
    pub(crate) announced: BTreeSet<EventId>,
    /// People have repaired everything, and break nothing.
    pub(crate) is_repaired: bool,
    /// Until then the shop repeats what it has told.
    pub(crate) told_until: Option<Timestamp>,
}

/// An event that was published, once or more often.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub(crate) name: String,
    /// The thing that it is about, where it is one of the shop.
    pub(crate) thing: Option<String>,
    /// When its copies were accepted.
    pub(crate) copies: BTreeSet<Timestamp>,
}

/// An event that has left a mark.
#[derive(Clone, Debug)]
pub(crate) struct MarkedEvent {
    /// When it was accepted first.
    pub(crate) accepted_at: Timestamp,
    /// When it was recorded first, where it was.
    pub(crate) recorded_at: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    pub(crate) at: Timestamp,
    pub(crate) name: &'static str,
    pub(crate) vip: bool,
    pub(crate) thing: String,
}

impl Facts {
    pub(crate) fn note_published(&mut self, event: &Event) {
        let thing = event.data.get("thing").and_then(|thing| thing["id"].as_str());
        let published = self.published.entry(event.id.clone()).or_insert_with(|| Published {
            name: event.name.clone(),
            thing: thing.map(str::to_owned),
            copies: BTreeSet::new(),
        });
        published.copies.insert(event.accepted_at);
    }
}

impl World {
    pub(crate) fn new(seed: u64, lines_max: usize) -> Arc<Self> {
        let start: Timestamp = START.parse().unwrap();
        let clock = VirtualClock::new(start);
        let chance = Chance::new(seed);
        let each = chance.hits(0.7);
        let atomicity = if each { Atomicity::EachCommand } else { Atomicity::WholeList };
        Arc::new(Self {
            start,
            executor: Executor::new(clock.clone(), seed),
            atomicity,
            memory: Arc::new(Memory::new(Arc::new(clock.clone()), atomicity)),
            limits: MemoryLimits::default(),
            weather: Weather::of(&chance, &Chance::new(!seed), start),
            ledger: Ledger::default(),
            orders: Orders::new(seed),
            trace: Trace::new(lines_max),
            watch: Watch::default(),
            facts: Mutex::default(),
            clock,
            hiding: Chance::new(!seed),
            limiting: Chance::new(seed.rotate_left(32) ^ 0x51),
            breaking: Chance::new(seed.rotate_left(48) ^ 0x51),
            room: room(&Chance::new(seed.rotate_left(16) ^ 0x51)),
            ids: Arc::new(SeededIds::new(seed)),
            chance,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether nothing fails and people have repaired everything.
    pub(crate) fn is_well(&self) -> bool {
        self.weather.is_calm(self.now()) && self.facts.lock().unwrap().is_repaired
    }

    /// When the sweeper will next have something to do.
    pub(crate) fn next_check(&self) -> Option<Timestamp> {
        let hold = self.memory.next_hold().map(|at| after(at, HOLD_OVERDUE));
        self.memory.next_check().into_iter().chain(hold).min()
    }

    pub(crate) fn note(&self, who: &str, what: &str, about: &[&str], result: &str) {
        self.trace.note(self.now(), who, what, about, result);
    }
}
