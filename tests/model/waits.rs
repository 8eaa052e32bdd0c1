//! The small model of a step that waits for an event, against the end of its time: dispatchers of two events that
//! fit, two workers of the flow queue and a sweeper, with messages that are lost or come twice, and processes that
//! stop at any point.
//!
//! What is done in which order is that of `dispatch/awaited.rs` and `flow/event_wait.rs`; what is written and sent
//! is the engine's.
//!
//! Invariant: the step ends once, by one event or by its time; it does not wait on behind an event that was given
//! to the workflows, nor does its time end it while one is there that came before; what came later does not; and
//! whatever comes to rest has ended.

use super::one_wait::{OneWait, STEP};
use super::placed::placed;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;
use tradewind_engine::ids::{ClaimId, EventId};
use tradewind_engine::protocol::{
    Arrival, Command, EndedAttempt, LEASE_GRACE, NewRun, Outcome, Times, WakeUp, claim, conclude,
    new_run, on_refused, start, sweep,
};
use tradewind_engine::runs::{Run, RunState, StepRecord, StepState};
use tradewind_engine::time::{Timestamp, after};

/// Fewer would mean that the faults no longer reach the code.
const STATES_MIN: usize = 15_000;
/// More than each row has; the model is to stay small.
const STATES_MAX: usize = 100_000;
/// How long the step waits.
const LENGTH: Duration = Duration::from_secs(3_600);
/// So many messages of one kind are told apart.
const COPIES_MAX: u8 = 2;

mod dispatching;

use dispatching::{Dispatch, Happening};

#[derive(Clone, Debug)]
enum Work {
    Claim,
    Mark,
    Look,
    /// These events have left their marks.
    Read(Vec<usize>),
    /// Of what the step gives, or that it waits.
    Record,
}

/// A worker of the flow queue, and the run as it has seen it.
#[derive(Clone, Debug)]
struct Worker {
    claim: u8,
    run: Run,
    work: Work,
    /// An event was there in time when it claimed the step.
    is_there: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Budget {
    events: usize,
    lost: u8,
    doubled: u8,
    crashes: u8,
    /// A worker stands still beyond its lease.
    stalls: u8,
    /// One more event comes once the step's time is over.
    late: usize,
}

#[derive(Clone, Debug)]
struct World {
    now: Timestamp,
    run: Run,
    has_mark: bool,
    events: Vec<Happening>,
    dispatchers: Vec<(usize, Dispatch)>,
    workers: Vec<Worker>,
    /// Messages of the flow queue, by when they show.
    messages: BTreeMap<Timestamp, u8>,
    claims: u8,
    budget: Budget,
}

fn id_of(event: usize) -> EventId {
    format!("evt_{event}").as_str().into()
}

fn step_of(run: &Run) -> &StepRecord {
    &run.steps[&STEP.into()]
}

/// What a claimed step gives that has begun to wait.
fn ended_wait(step: &StepRecord) -> Option<Value> {
    let work = step.work.flow_work()?;
    match &work.heard {
        Some(_) => step.output.clone(),
        None => work.until.map(|_| json!({ "event": null })),
    }
}

impl World {
    fn new(budget: Budget) -> Self {
        let event = placed(Timestamp::UNIX_EPOCH);
        let new = NewRun {
            workflow: &"wait".into(),
            version: 1,
            event: &event,
            key: "1".to_owned(),
            generation: 0,
            input: Value::Null,
        };
        let run = new_run(new, &OneWait, Timestamp::UNIX_EPOCH);
        let mut world = Self {
            now: Timestamp::UNIX_EPOCH,
            run: run.clone(),
            has_mark: false,
            events: [vec![Happening::early(); budget.events], vec![Happening::late(); budget.late]]
                .concat(),
            dispatchers: Vec::new(),
            workers: Vec::new(),
            messages: BTreeMap::new(),
            claims: 0,
            budget,
        };
        world.carry_out(&start(run)[1..], usize::MAX);
        world
    }

    /// False where a write is refused.
    fn carry_out(&mut self, commands: &[Command], most: usize) -> bool {
        for command in commands.iter().take(most) {
            match command {
                Command::Write(write) => match write.apply(Some(&self.run)) {
                    Ok(run) => self.run = run,
                    Err(_) => return false,
                },
                Command::Send { not_before, .. } => self.show(not_before.unwrap_or(self.now)),
                Command::ShowAgain(pause) => self.show(after(self.now, *pause)),
                _ => {}
            }
        }
        true
    }

    fn show(&mut self, at: Timestamp) {
        let count = self.messages.entry(at.max(self.now)).or_default();
        *count = (*count + 1).min(COPIES_MAX);
    }

    /// All that may happen next.
    fn nexts(&self) -> Vec<Self> {
        let mut nexts = Vec::new();
        self.events_move(&mut nexts);
        self.messages_move(&mut nexts);
        for hand in 0..self.workers.len() {
            self.worker_moves(hand, &mut nexts);
        }
        self.time_passes(&mut nexts);
        nexts
    }

    fn messages_move(&self, nexts: &mut Vec<Self>) {
        for (at, _) in self.messages.range(..=self.now) {
            if self.workers.len() < 2 {
                let mut next = self.taken(*at);
                next.claims += 1;
                let (claim, run) = (next.claims, self.run.clone());
                next.workers.push(Worker { claim, run, work: Work::Claim, is_there: false });
                nexts.push(next);
            }
        }
        for at in self.messages.keys().filter(|_| self.budget.lost > 0) {
            let mut next = self.taken(*at);
            next.budget.lost -= 1;
            nexts.push(next);
        }
    }

    fn taken(&self, at: Timestamp) -> Self {
        let mut next = self.clone();
        match next.messages[&at] {
            1 => drop(next.messages.remove(&at)),
            count => drop(next.messages.insert(at, count - 1)),
        }
        next
    }

    fn worker_moves(&self, hand: usize, nexts: &mut Vec<Self>) {
        let worker = &self.workers[hand];
        let mut next = self.clone();
        match worker.work {
            Work::Claim => next.claim(hand),
            Work::Mark => {
                next.has_mark = true;
                next.workers[hand].work = Work::Look;
            }
            Work::Look => {
                let marked = (0..self.events.len()).filter(|one| self.events[*one].has_mark);
                next.workers[hand].work = Work::Read(marked.collect());
            }
            Work::Read(ref marked) => next.look_back(hand, marked),
            Work::Record => next.record(hand, usize::MAX),
        }
        nexts.push(next);
        if self.budget.crashes > 0 {
            // In a list of commands, before any of them.
            for most in 0..3 {
                let mut next = self.clone();
                next.budget.crashes -= 1;
                match worker.work {
                    Work::Record => next.record(hand, most),
                    _ if most > 0 => break,
                    _ => drop(next.workers.remove(hand)),
                }
                // The message shows again.
                next.show(after(self.now, Times::STANDARD.visibility));
                nexts.push(next);
            }
        }
    }

    fn claim(&mut self, hand: usize) {
        let wake = WakeUp::new(&self.run.id, &STEP.into());
        let id = ClaimId(format!("claim_{}", self.workers[hand].claim));
        match claim(&wake, &id, self.now, Times::STANDARD).apply(Some(&self.run)) {
            Ok(run) => {
                self.run = run.clone();
                let work = match ended_wait(step_of(&run)) {
                    Some(_) if step_of(&run).work.heard().is_some() => Work::Record,
                    Some(_) => Work::Look,
                    None => Work::Mark,
                };
                let is_there = self
                    .events
                    .iter()
                    .any(|event| event.has_mark && event.is_recorded && !self.is_late(event));
                let claim = self.workers[hand].claim;
                self.workers[hand] = Worker { claim, run, work, is_there };
            }
            Err(_) => {
                self.workers.remove(hand);
                let now = self.now;
                let arrival = on_refused(Some(&self.run), &wake, &id, now, Times::STANDARD, 0.0);
                let Arrival::Do(commands) = arrival else { panic!("{arrival:?}: {self:#?}") };
                self.carry_out(&commands, usize::MAX);
            }
        }
    }

    /// What came before is noted, if its record is there.
    fn look_back(&mut self, hand: usize, marked: &[usize]) {
        let Some((event, rest)) = marked.split_first() else {
            self.workers[hand].work = Work::Record;
            return;
        };
        let found = &self.events[*event];
        if !found.is_recorded || self.is_late(found) {
            self.workers[hand].work = Work::Read(rest.to_vec());
            return;
        }
        self.hear(*event);
        self.go_on(hand);
    }

    /// With the run as it stands, if the claim holds the step still.
    fn go_on(&mut self, hand: usize) {
        let (held, stands) = (step_of(&self.workers[hand].run), step_of(&self.run));
        let is_held = (held.state, held.fence) == (stands.state, stands.fence);
        if is_held && self.run.state == RunState::Active && stands.work.heard().is_some() {
            let run = self.run.clone();
            self.workers[hand] = Worker { run, work: Work::Record, ..self.workers[hand].clone() };
        } else {
            self.workers.remove(hand);
            self.show(after(self.now, Duration::from_secs(60)));
        }
    }

    /// Records what came of the step; at most so many commands of it.
    fn record(&mut self, hand: usize, most: usize) {
        let worker = self.workers[hand].clone();
        let outcome = match ended_wait(step_of(&worker.run)) {
            Some(output) => Outcome::Done(output),
            None => Outcome::Waits(after(self.now, LENGTH)),
        };
        let ended = EndedAttempt {
            run: &worker.run,
            path: &STEP.into(),
            flow: &OneWait,
            can_be_asked: false,
            search_lag: Duration::ZERO,
            connection_is_down: false,
            now: self.now,
            chance: 0.0,
        };
        let commands = conclude(&ended, outcome);
        if self.carry_out(&commands, most) || most < usize::MAX {
            let is_done = most > 0 && step_of(&self.run).state == StepState::Done;
            let by_time = is_done && step_of(&self.run).work.heard().is_none();
            assert!(
                !by_time || !worker.is_there,
                "its time ended it, and an event was there: {self:#?}"
            );
            self.workers.remove(hand);
        } else {
            self.go_on(hand);
        }
    }

    /// To the next moment that makes a difference. While a worker is at work that is not the end of its lease,
    /// unless it stands still.
    fn time_passes(&self, nexts: &mut Vec<Self>) {
        let mut moments: Vec<Timestamp> =
            self.messages.keys().copied().filter(|at| *at > self.now).take(1).collect();
        let step = step_of(&self.run);
        let is_busy = !self.workers.is_empty() || !self.dispatchers.is_empty();
        let lease_ends = step.lease_until.filter(|_| step.state == StepState::Running);
        let lease_ends = lease_ends.map(|at| after(after(at, LEASE_GRACE), Duration::from_secs(1)));
        let lease_ends = lease_ends.filter(|at| *at > self.now);
        moments.extend(lease_ends.filter(|_| self.workers.is_empty()));
        for at in moments {
            if !is_busy || lease_ends.is_none_or(|ends| at < ends) {
                nexts.push(Self { now: at, ..self.clone() });
            }
        }
        if let Some(at) = lease_ends.filter(|_| self.budget.stalls > 0 && !self.workers.is_empty())
        {
            let mut next = Self { now: at, ..self.clone() };
            next.budget.stalls -= 1;
            nexts.push(next);
        }
        let is_calm = !is_busy && self.messages.is_empty();
        if let Some(at) = self.run.check_at.filter(|_| is_calm) {
            let mut next =
                Self { now: self.now.max(after(at, Duration::from_secs(1))), ..self.clone() };
            let commands = sweep(&self.run, next.now);
            next.carry_out(&commands, usize::MAX);
            nexts.push(next);
        }
    }

    /// Whether the event was accepted after the time of the step.
    fn is_late(&self, event: &Happening) -> bool {
        let until = step_of(&self.run).work.flow_work().and_then(|work| work.until);
        event.accepted_at.zip(until).is_some_and(|(accepted_at, until)| accepted_at > until)
    }

    /// What must hold in every state.
    fn check(&self) {
        let step = step_of(&self.run);
        let heard = step.work.heard();
        if step.state == StepState::Waiting && heard.is_none() {
            let mut in_time = self.events.iter().filter(|event| !self.is_late(event));
            let missed = in_time.any(|event| event.is_dispatched);
            assert!(!missed, "it waits on behind an event: {self:#?}");
        }
        let by = (0..self.events.len()).find(|event| heard == Some(&id_of(*event)));
        let is_late = by.is_some_and(|event| self.is_late(&self.events[event]));
        assert!(!is_late, "it went on by what came after its time: {self:#?}");
        if step.state == StepState::Done {
            let by = step.output.as_ref().map(|output| output["event"].clone());
            let by = by.as_ref().and_then(Value::as_u64);
            let event = by.map(|event| id_of(usize::try_from(event).expect("it is small")));
            assert_eq!(event.as_ref(), heard, "{self:#?}");
            assert_eq!((self.run.state, self.run.hops), (RunState::Succeeded, 1), "{self:#?}");
        }
    }

    /// Without times, of which only the order matters.
    fn print(&self) -> u64 {
        let from_now = |at: Timestamp| at.duration_since(self.now).as_secs();
        let run = |run: &Run| {
            let step = step_of(run);
            let times = (step.next_at.map(from_now), step.lease_until.map(from_now));
            let has_begun = step.work.flow_work().is_some_and(|work| work.until.is_some());
            let heard = step.work.heard().cloned();
            let heard = (heard, &step.output);
            format!("{:?}", (run.state, step.state, step.fence, has_begun, heard, times))
        };
        let workers: Vec<_> = self
            .workers
            .iter()
            .map(|one| format!("{} {:?} {}", run(&one.run), one.work, one.is_there))
            .collect();
        let messages: Vec<_> =
            self.messages.iter().map(|(at, count)| (from_now(*at).max(0), *count)).collect();
        let mut hasher = DefaultHasher::new();
        (run(&self.run), self.has_mark, &self.events, &self.dispatchers).hash(&mut hasher);
        (workers, messages, format!("{:?}", self.budget)).hash(&mut hasher);
        hasher.finish()
    }
}

fn explore(budget: Budget) -> usize {
    let mut seen = HashSet::new();
    let mut coming = VecDeque::from([World::new(budget)]);
    let mut ends = [false, false];
    while let Some(world) = coming.pop_front() {
        if !seen.insert(world.print()) {
            continue;
        }
        world.check();
        let nexts = world.nexts();
        if nexts.is_empty() {
            assert_eq!(world.run.state, RunState::Succeeded, "nothing moves any more: {world:#?}");
            ends[usize::from(step_of(&world.run).work.heard().is_some())] = true;
        }
        assert!(seen.len() < STATES_MAX, "the model has grown");
        coming.extend(nexts);
    }
    // Both ways are taken, or the model would show nothing.
    assert_eq!(ends, [true, budget.events > 0]);
    seen.len()
}

#[test]
fn a_wait_ends_once_by_its_event_or_its_time_whatever_becomes_of_messages_and_processes() {
    let none = Budget { events: 1, lost: 0, doubled: 0, crashes: 0, stalls: 0, late: 0 };
    let rows = [
        ("an event", none),
        ("two events", Budget { events: 2, ..none }),
        ("messages lost and doubled", Budget { lost: 1, doubled: 1, ..none }),
        ("a process that stops", Budget { crashes: 1, ..none }),
        ("two that stop", Budget { crashes: 2, ..none }),
        ("two events, and a process that stops", Budget { events: 2, crashes: 1, ..none }),
        ("an event after its time", Budget { events: 0, late: 1, crashes: 1, ..none }),
        ("one in time and one after it", Budget { late: 1, crashes: 1, ..none }),
        ("a worker that stands still beyond its lease", Budget { stalls: 1, crashes: 1, ..none }),
    ];
    let mut states = 0;
    for (name, budget) in rows {
        let found = explore(budget);
        println!("{found:>9}  {name}");
        states += found;
    }
    assert!(states > STATES_MIN, "only {states} states");
}
