//! The small model of a slot: runs that ask for their turn, work, end and are cancelled, two workers and a sweeper,
//! with messages that are lost or come twice and workers that stop between any two of their steps. Each read and
//! each write is a step.
//!
//! Invariant: never more work than may, nobody overtakes who waits, and from every state all runs can come to
//! their ends without another fault; each rule, broken once around the code, is found broken.

use crate::one_turn::{OneTurn, WORK};
use crate::slot_work::{At, Job};
use crate::times::NOW;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::protocol::{
    Change, Command, EndedAttempt, Outcome, Times, WakeUp, Write, cancel, claim, conclude, sweep,
};
use tradewind_engine::runs::{Run, RunState, Stands, StepState};
use tradewind_engine::slots::{LineRoom, Slot, SlotKey};
use tradewind_engine::time::{Timestamp, after};

/// Fewer would mean that the faults no longer reach the code.
const STATES_MIN: usize = 20_000;
/// It is to stay small.
const STATES_MAX: usize = 100_000;
/// Longer than a lease, a check and a look.
const TICK: Duration = Duration::from_secs(3 * 86_400);

/// A rule that is broken around the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    Nothing,
    /// The slot is written, whatever stands there.
    WriteAnything,
    /// Who has not ended leaves as well.
    LeaveAtWork,
    /// Those behind are said to know before they are told.
    NoteFirst,
    /// Who was let in is not told again when the message comes again.
    TellOnce,
    /// Who was let in and is over is passed by.
    PassDead,
    /// That it waits is recorded, whatever was noted on the step meanwhile.
    ForgetLetIn,
    /// A run that was cancelled while it asked is left in the slot.
    LeaveNothing,
    /// Nobody looks by himself.
    NoLooks,
}

/// How much may go wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    pub(crate) lost: u8,
    pub(crate) doubled: u8,
    pub(crate) crashes: u8,
    pub(crate) cancels: u8,
    pub(crate) slow: u8,
}

/// What is checked.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) broken: Broken,
    /// What the version of each run says, the oldest first.
    pub(crate) max: &'static [u32],
    pub(crate) budget: Budget,
    /// How many may wait in line.
    pub(crate) room: LineRoom,
    /// So many messages are worked on at the same time.
    pub(crate) hands: usize,
    /// Runs that wait look by themselves.
    pub(crate) looks: bool,
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) row: Row,
    pub(crate) now: Timestamp,
    pub(crate) runs: Vec<Run>,
    pub(crate) slot: Option<Slot>,
    /// Messages about the slot, by the run that they are about.
    pub(crate) messages: Vec<u8>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) budget: Budget,
    /// So often somebody has claimed.
    pub(crate) claims: u32,
    pub(crate) harm: Option<&'static str>,
}

/// A state that may follow, and whether it takes a fault.
struct Next {
    world: World,
    is_fault: bool,
}

pub(crate) fn key() -> SlotKey {
    SlotKey::of(&"w".into(), None)
}

impl World {
    fn new(row: Row) -> Self {
        let run = |number| OneTurn::run(number, u32::try_from(number).expect("they are few") + 1);
        Self {
            row,
            now: after(NOW, Duration::from_secs(1)),
            runs: (0..row.max.len()).map(run).collect(),
            slot: None,
            messages: vec![1; row.max.len()],
            jobs: Vec::new(),
            budget: row.budget,
            claims: 0,
            harm: None,
        }
    }

    pub(crate) fn wake(&self, run: usize) -> WakeUp {
        WakeUp::new(&self.runs[run].id, &StepPath::slot())
    }

    pub(crate) fn number(&self, run: &RunId) -> usize {
        self.runs.iter().position(|one| one.id == *run).expect("there is such a run")
    }

    /// Makes the change; whether its condition holds.
    pub(crate) fn write(&mut self, run: usize, change: Change) -> bool {
        let write = Write { run: self.runs[run].id.clone(), change };
        match write.apply(Some(&self.runs[run])) {
            Ok(next) => self.runs[run] = next,
            Err(_) => return false,
        }
        let max = self.row.max.iter().max().copied().unwrap_or_default() as usize;
        if self.runs.iter().filter(|run| is_at_work(run)).count() > max {
            self.harm = Some("more work than may");
        }
        true
    }

    /// Carries out as many of the commands; whether none was refused.
    pub(crate) fn carry_out(&mut self, commands: &[Command], most: usize) -> bool {
        for command in commands.iter().take(most) {
            match command {
                Command::Write(write) => {
                    let number = self.number(&write.run);
                    if !self.write(number, write.change.clone()) {
                        return false;
                    }
                }
                Command::Send { wake, .. } if wake.path.is_slot() => {
                    let number = self.number(&wake.run);
                    self.messages[number] = self.messages[number].max(1);
                }
                _ => {}
            }
        }
        true
    }

    /// Writes the slot in place of what was read; whether that stood there.
    pub(crate) fn save(&mut self, slot: Option<Slot>, read: Option<&Slot>) -> bool {
        let stands = self.slot.as_ref().map(Slot::stamp);
        if stands != read.map(Slot::stamp) && self.row.broken != Broken::WriteAnything {
            return false;
        }
        if let Some(slot) = &slot {
            self.look_at_order(slot);
        }
        self.slot = slot;
        true
    }

    fn look_at_order(&mut self, slot: &Slot) {
        if slot.at_work.len() < slot.max as usize && !slot.in_line.is_empty() {
            self.harm = Some("somebody waits before a free place");
        }
        let waited = |run| self.slot.as_ref().is_some_and(|before| before.before(run).is_some());
        let let_in = slot.at_work.iter().filter(|one| waited(&one.run));
        let newest = let_in.map(|one| self.runs[self.number(&one.run)].created_at).max();
        let mut behind = slot.in_line.iter().filter(|one| waited(&one.run));
        if behind.any(|one| Some(one.started_at) < newest) {
            self.harm = Some("somebody overtook who waits");
        }
    }

    fn nexts(&self) -> Vec<Next> {
        let mut nexts = Vec::new();
        let mut add = |world, is_fault| nexts.push(Next { world, is_fault });
        for run in 0..self.runs.len() {
            self.message_moves(run, &mut add);
            self.run_moves(run, &mut add);
        }
        for hand in 0..self.jobs.len() {
            let mut next = self.clone();
            let job = next.jobs.remove(hand);
            let run = job.run;
            if let Some(job) = next.work(job) {
                next.jobs.insert(hand, job);
            }
            add(next, false);
            if self.budget.crashes > 0 {
                let mut next = self.clone();
                next.jobs.remove(hand);
                next.budget.crashes -= 1;
                next.messages[run] = next.messages[run].max(1);
                add(next, true);
            }
        }
        // Time passes once nothing else moves: whatever is sent meanwhile would have been there before.
        let is_held = |run: &Run| {
            let step = &run.steps[&StepPath::slot()];
            step.state == StepState::Running && step.lease_until > Some(self.now)
        };
        let mut waiting = self.runs.iter().zip(&self.messages).filter(|(_, count)| **count > 0);
        if self.jobs.is_empty() && waiting.all(|(run, _)| is_held(run)) {
            add(self.later(), false);
        } else if self.budget.slow > 0 && !self.jobs.is_empty() {
            let mut next = self.later();
            next.budget.slow -= 1;
            add(next, true);
        }
        nexts
    }

    fn message_moves(&self, run: usize, add: &mut impl FnMut(Self, bool)) {
        if self.messages[run] == 0 {
            return;
        }
        let mut taken = self.clone();
        taken.messages[run] -= 1;
        if self.budget.lost > 0 {
            let mut lost = taken.clone();
            lost.budget.lost -= 1;
            add(lost, true);
        }
        if self.budget.doubled > 0 && self.messages[run] == 1 {
            let mut doubled = self.clone();
            doubled.budget.doubled -= 1;
            doubled.messages[run] = 2;
            add(doubled, true);
        }
        if self.jobs.len() < self.row.hands {
            taken.jobs.push(Job { run, fence: 0, at: At::Claim });
            add(taken, false);
        }
    }

    /// It ends, or somebody cancels it; whoever does may stop before anything is sent.
    fn run_moves(&self, run: usize, add: &mut impl FnMut(Self, bool)) {
        let mut follow = |commands: &[Command], before: &Self, is_fault: bool| {
            for most in [commands.len(), 1] {
                let mut next = before.clone();
                if most < commands.len() {
                    if next.budget.crashes == 0 {
                        continue;
                    }
                    next.budget.crashes -= 1;
                }
                next.carry_out(commands, most);
                add(next, is_fault || most < commands.len());
            }
        };
        if is_at_work(&self.runs[run]) {
            let mut before = self.clone();
            let wake = WakeUp::new(&self.runs[run].id, &WORK.into());
            let times = Times::STANDARD;
            let claimed = claim(&wake, &"work".into(), self.now, times).change;
            assert!(before.write(run, claimed), "nobody else works on it");
            let commands = before.concluded(run, &WORK.into(), Outcome::Done(true.into()));
            follow(&commands, &before, false);
        }
        if self.budget.cancels > 0
            && let Ok(commands) = cancel(&self.runs[run], self.now)
        {
            let mut before = self.clone();
            before.budget.cancels -= 1;
            follow(&commands, &before, true);
        }
    }

    /// What the engine makes of the end of an attempt.
    pub(crate) fn concluded(&self, run: usize, path: &StepPath, outcome: Outcome) -> Vec<Command> {
        let attempt = EndedAttempt {
            run: &self.runs[run],
            path,
            flow: &OneTurn,
            can_be_asked: false,
            search_lag: Duration::ZERO,
            connection_is_down: false,
            now: self.now,
            chance: 0.5,
        };
        conclude(&attempt, outcome)
    }

    /// All that was to come is due, and the sweeper sees to it.
    fn later(&self) -> Self {
        let mut next = Self { now: after(self.now, TICK), ..self.clone() };
        for run in 0..next.runs.len() {
            let waits = next.runs[run].steps.values().any(|step| step.waits_in_line());
            if waits && (!self.row.looks || self.row.broken == Broken::NoLooks) {
                continue;
            }
            let commands = sweep(&next.runs[run], next.now);
            next.carry_out(&commands, usize::MAX);
        }
        next
    }

    /// All runs are over, and nothing is left of them.
    fn is_good_end(&self) -> bool {
        let is_over = |run: &Run| run.state.is_terminal() && run.check_at.is_none();
        self.runs.iter().all(is_over)
            && self.slot.is_none()
            && self.jobs.is_empty()
            && self.messages.iter().all(|count| *count == 0)
    }

    /// Two worlds are the same of which the same can become: times, fences and stamps count as far as they differ.
    fn print(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.messages, &self.budget).hash(&mut hasher);
        for run in &self.runs {
            let is_due = |at: Option<Timestamp>| at.map(|at| at <= self.now);
            (run.state, is_due(run.check_at), run.turn()).hash(&mut hasher);
            for step in run.steps.values() {
                let lease = is_due(step.lease_until);
                (step.state, is_due(step.next_at), lease, step.attempts).hash(&mut hasher);
            }
        }
        contents(self.slot.as_ref()).hash(&mut hasher);
        for job in &self.jobs {
            let step = self.runs[job.run].steps.get(&StepPath::slot());
            let holds = step.is_some_and(|step| step.fence == job.fence);
            (job.run, holds).hash(&mut hasher);
            job.at.print(self.slot.as_ref(), &mut hasher);
        }
        hasher.finish()
    }
}

/// What stands in a slot, whatever its stamp is.
pub(crate) fn contents(slot: Option<&Slot>) -> impl Hash + '_ {
    slot.map(|slot| (slot.max, slot.version, &slot.at_work, &slot.in_line))
}

fn is_at_work(run: &Run) -> bool {
    let is_let_in = run.turn().is_some_and(|turn| turn.stands == Stands::AtWork);
    let asked = run.steps.get(&StepPath::slot());
    run.state == RunState::Active
        && is_let_in
        && asked.is_some_and(|step| step.state == StepState::Done)
}

/// All states there are, or the first harm.
fn explore(row: Row) -> Result<usize, &'static str> {
    let mut numbers: HashMap<u64, usize> = HashMap::new();
    let (mut good, mut sources) = (Vec::new(), BTreeMap::<usize, Vec<usize>>::new());
    let mut coming = vec![World::new(row)];
    numbers.insert(coming[0].print(), 0);
    good.push(false);
    while let Some(world) = coming.pop() {
        if let Some(harm) = world.harm {
            return Err(harm);
        }
        let number = numbers[&world.print()];
        good[number] = world.is_good_end();
        for next in world.nexts() {
            let new = numbers.len();
            let target = *numbers.entry(next.world.print()).or_insert(new);
            if target == new {
                good.push(false);
                coming.push(next.world);
            }
            if !next.is_fault {
                sources.entry(target).or_default().push(number);
            }
        }
        assert!(numbers.len() < STATES_MAX, "the model has grown");
    }
    let mut waiting: Vec<usize> = (0..good.len()).filter(|state| good[*state]).collect();
    while let Some(state) = waiting.pop() {
        for source in sources.remove(&state).unwrap_or_default() {
            if !std::mem::replace(&mut good[source], true) {
                waiting.push(source);
            }
        }
    }
    if good.iter().all(|good| *good) { Ok(good.len()) } else { Err("a run waits for ever") }
}

const NONE: Budget = Budget { lost: 0, doubled: 0, crashes: 0, cancels: 0, slow: 0 };

#[test]
fn never_more_work_than_may_and_nobody_waits_for_ever() {
    let mut states = 0;
    let wide = LineRoom::STANDARD;
    let (narrow, kept) = (LineRoom { all: 1, for_earlier: 0 }, LineRoom { all: 2, for_earlier: 1 });
    for (name, max, room, budget) in [
        ("three runs, one at a time", &[1, 1, 1][..], wide, NONE),
        ("a message lost", &[1, 1, 1], wide, Budget { lost: 1, ..NONE }),
        ("a message doubled", &[1, 1], wide, Budget { doubled: 1, ..NONE }),
        ("a worker that stops", &[1, 1], wide, Budget { crashes: 1, ..NONE }),
        (
            "a worker that stops and a message lost",
            &[1, 1],
            wide,
            Budget { crashes: 1, lost: 1, ..NONE },
        ),
        ("one is cancelled", &[1, 1, 1], wide, Budget { cancels: 1, ..NONE }),
        (
            "one is cancelled, and a worker stops",
            &[1, 1],
            wide,
            Budget { cancels: 1, crashes: 1, ..NONE },
        ),
        (
            "one is cancelled, the worker stops and its message is lost",
            &[1, 1],
            wide,
            Budget { cancels: 1, crashes: 1, lost: 1, ..NONE },
        ),
        ("a slow worker", &[1, 1], wide, Budget { slow: 1, ..NONE }),
        ("a newer version lets two work", &[1, 1, 2], wide, NONE),
        ("a newer version lets one work", &[2, 2, 1], wide, NONE),
        ("one place in line", &[1, 1, 1], narrow, NONE),
        (
            "one place in line, and a worker that stops",
            &[1, 1, 1],
            narrow,
            Budget { crashes: 1, ..NONE },
        ),
        (
            "one place in line, and one is cancelled",
            &[1, 1, 1],
            narrow,
            Budget { cancels: 1, ..NONE },
        ),
        ("one place in line, and a newer version lets two work", &[1, 1, 2], narrow, NONE),
        ("one place in line, and a newer version lets one work", &[2, 2, 1], narrow, NONE),
        ("a place in line for those that came before", &[1, 1, 1], kept, NONE),
    ] {
        let faults = budget.lost + budget.crashes + budget.cancels + budget.slow;
        // More of both would be too many states.
        let hands = if max.len() > 2 || faults > 2 { 1 } else { 2 };
        let row = Row { broken: Broken::Nothing, max, budget, room, hands, looks: true };
        let found = explore(row).unwrap_or_else(|harm| panic!("{name}: {harm}"));
        println!("{found:>9}  {name}");
        states += found;
    }
    assert!(states > STATES_MIN, "only {states} states");
}

#[test]
fn each_rule_of_slots_is_needed() {
    let (ever, more) = ("a run waits for ever", "more work than may");
    let (crash, cancel) = (Budget { crashes: 1, ..NONE }, Budget { cancels: 1, ..NONE });
    let both = Budget { crashes: 1, cancels: 1, lost: 1, ..NONE };
    // Without the looks, which would find most of it in the end.
    for (broken, budget, looks, harm) in [
        (Broken::WriteAnything, NONE, false, more),
        (Broken::LeaveAtWork, Budget { doubled: 1, ..NONE }, false, more),
        (Broken::NoteFirst, Budget { crashes: 1, lost: 1, ..NONE }, false, ever),
        (Broken::TellOnce, crash, false, ever),
        (Broken::PassDead, Budget { crashes: 1, cancels: 1, ..NONE }, false, ever),
        (Broken::ForgetLetIn, NONE, false, ever),
        (Broken::LeaveNothing, cancel, false, ever),
        (Broken::NoLooks, both, true, ever),
    ] {
        let found = explore(Row {
            broken,
            max: &[1, 1],
            budget,
            room: LineRoom::STANDARD,
            hands: 2,
            looks,
        })
        .err();
        assert_eq!(found, Some(harm), "{broken:?}");
    }
}
