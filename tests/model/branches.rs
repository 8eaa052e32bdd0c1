//! The small model of a loop: the record above and its branches, two workers of the flow queue, people and a
//! sweeper, with messages that are lost or come twice and workers that stop at any point.
//!
//! A branch is worked on in one step here: what happens within it is the business of the other model.
//!
//! Invariant: the loop is joined once and with all its items, and whatever comes to rest has ended.

mod print;

use super::one_loop::OneLoop;
use super::placed::placed;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Duration;
use tradewind_engine::protocol::{
    AfterFailure, Arrived, BranchWake, Change, Command, Doers, Ended, Flow, NewBranch, NewRun,
    Times, WakeUp, Write, cancel, cancelled_branch, claim, is_to_be_told, new_branch, new_run,
    on_branch, on_known, record_branch, replay, reported, start, sweep, wake_all,
};
use tradewind_engine::runs::{Items, Run, RunState, StepState};
use tradewind_engine::time::{Timestamp, after};

/// Fewer would mean that the faults no longer reach the code.
const STATES_MIN: usize = 20_000;
/// More than any row of the model has; it is to stay small.
const STATES_MAX: usize = 100_000;
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// What a worker of the flow queue has read and is about to write.
#[derive(Clone, Debug, PartialEq)]
struct Job {
    wake: BranchWake,
    parent: Run,
    branch: Option<Run>,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Asked,
    Report,
    Acknowledge,
}

/// How much may still go wrong, and how much people still do.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Budget {
    lost: u8,
    doubled: u8,
    crashes: u8,
    failures: u8,
    replays: u8,
    cancels: u8,
    /// Where nothing is lost, nothing is left to the sweeper.
    is_swept: bool,
}

#[derive(Clone, Debug)]
struct World {
    flow: OneLoop,
    parent: Run,
    branches: BTreeMap<u32, Run>,
    messages: BTreeMap<u32, u8>,
    jobs: Vec<Job>,
    budget: Budget,
}

/// A list of commands is carried out on the records; what is sent to the flow queue stays. `most`: the worker
/// stops after so many.
fn carry_out(world: &mut World, commands: &[Command], most: usize) -> bool {
    for command in commands.iter().take(most) {
        match command {
            Command::Write(write) if !apply(world, write) => return false,
            Command::Send { wake, .. } => {
                if let Some(branch) = BranchWake::of(&wake.path) {
                    let count = world.messages.entry(branch.number).or_default();
                    *count = (*count + 1).min(2);
                }
            }
            _ => {}
        }
    }
    true
}

fn apply(world: &mut World, write: &Write) -> bool {
    if write.run == world.parent.id {
        let applied = write.apply(Some(&world.parent));
        return applied.map(|next| world.parent = next).is_ok();
    }
    let Some(number) = write.run.as_str().rsplit('/').next().and_then(|text| text.parse().ok())
    else {
        return false;
    };
    let applied = write.apply(world.branches.get(&number));
    applied.map(|next| world.branches.insert(number, next)).is_ok()
}

impl World {
    fn new(flow: OneLoop, budget: Budget) -> Self {
        let event = placed(NOW);
        let new = NewRun {
            workflow: &"loop".into(),
            version: 1,
            event: &event,
            key: "1".to_owned(),
            generation: 0,
            input: Value::Null,
        };
        let parent = new_run(new, &flow, NOW);
        let first = wake_all(&parent, NOW, None);
        let mut world = Self {
            flow,
            parent,
            branches: BTreeMap::new(),
            messages: BTreeMap::new(),
            jobs: Vec::new(),
            budget,
        };
        carry_out(&mut world, &first, usize::MAX);
        world
    }

    fn commands_of(&self, job: &Job) -> Vec<Command> {
        match job.phase {
            Phase::Asked => match on_branch(&job.parent, &job.wake, job.branch.as_ref(), NOW) {
                Ok(commands) => commands,
                Err(NewBranch::Begin) => {
                    let branch = new_branch(&job.parent, &job.wake, json!({}), &self.flow, NOW);
                    start(branch.expect("the loop is there"))
                }
                Err(NewBranch::BeginCancelled) => {
                    let branch = cancelled_branch(&job.parent, &job.wake, NOW);
                    start(branch.expect("the loop is there"))
                }
            },
            Phase::Report => {
                let branch = job.branch.as_ref();
                let branch = branch.filter(|branch| is_to_be_told(&job.parent, branch));
                let Some(branch) = branch else { return Vec::new() };
                match record_branch(&job.parent, branch, &self.flow, NOW) {
                    Some(commands) => commands,
                    None if branch.state.is_terminal() => on_known(&job.parent, &job.wake.step),
                    None => Vec::new(),
                }
            }
            Phase::Acknowledge => job.branch.as_ref().map(reported).unwrap_or_default(),
        }
    }

    /// All that may happen next.
    fn nexts(&self) -> Vec<Self> {
        let mut nexts = Vec::new();
        self.messages_move(&mut nexts);
        self.jobs_move(&mut nexts);
        self.branches_move(&mut nexts);
        self.people_act(&mut nexts);
        self.sweeper_comes(&mut nexts);
        nexts
    }

    fn messages_move(&self, nexts: &mut Vec<Self>) {
        for number in self.messages.keys().copied() {
            if self.jobs.len() < 2 {
                let mut next = self.clone();
                next.take(number);
                next.jobs.push(Job {
                    wake: BranchWake { step: "each".into(), number },
                    parent: self.parent.clone(),
                    branch: self.branches.get(&number).cloned(),
                    phase: Phase::Asked,
                });
                nexts.push(next);
            }
            if self.budget.lost > 0 {
                let mut next = self.clone();
                next.budget.lost -= 1;
                next.take(number);
                nexts.push(next);
            }
            if self.budget.doubled > 0 && self.messages[&number] < 2 {
                let mut next = self.clone();
                next.budget.doubled -= 1;
                next.messages.insert(number, 2);
                nexts.push(next);
            }
        }
    }

    fn take(&mut self, number: u32) {
        let left = self.messages[&number] - 1;
        if left == 0 {
            self.messages.remove(&number)
        } else {
            self.messages.insert(number, left)
        };
    }

    fn jobs_move(&self, nexts: &mut Vec<Self>) {
        for (hand, job) in self.jobs.iter().enumerate() {
            let commands = self.commands_of(job);
            let mut next = self.clone();
            let done = carry_out(&mut next, &commands, usize::MAX);
            let branch = next.branches.get(&job.wake.number).cloned();
            let is_late = job.parent.state == RunState::Cancelled && done;
            if let Some(branch) = branch.as_ref().filter(|_| is_late) {
                assert!(branch.state.is_terminal(), "work goes on after a cancellation: {next:#?}");
            }
            match (done, job.phase) {
                // Somebody else has changed a record: the message shows again.
                (false, _) => next.give_up(hand),
                (true, Phase::Asked) => {
                    next.jobs[hand] = Job { branch, phase: Phase::Report, ..job.clone() };
                }
                (true, Phase::Report) => next.jobs[hand].phase = Phase::Acknowledge,
                (true, Phase::Acknowledge) => drop(next.jobs.remove(hand)),
            }
            nexts.push(next);
            if self.budget.crashes > 0 {
                for most in 0..commands.len().max(1) {
                    let mut next = self.clone();
                    next.budget.crashes -= 1;
                    carry_out(&mut next, &commands, most);
                    next.give_up(hand);
                    nexts.push(next);
                }
            }
        }
    }

    fn give_up(&mut self, hand: usize) {
        let job = self.jobs.remove(hand);
        let count = self.messages.entry(job.wake.number).or_default();
        *count = (*count + 1).min(2);
    }

    /// The step of a branch is done, or fails.
    fn branches_move(&self, nexts: &mut Vec<Self>) {
        for (number, branch) in &self.branches {
            let open = branch.steps.iter().find(|(_, step)| step.state == StepState::Ready);
            let Some((path, _)) = open.filter(|_| !branch.state.is_terminal()) else { continue };
            let wake = WakeUp::new(&branch.id, path);
            let claimed = claim(&wake, &"claim".into(), NOW, Times::STANDARD).apply(Some(branch));
            let claimed = claimed.expect("a step that is ready can be claimed");
            let (path, fence, now) = (path.clone(), claimed.steps[path].fence, NOW);
            let advance = self.flow.advance(&claimed, &path, Ended::Done(&Value::Null), NOW);
            let done = Change::Complete {
                path: path.clone(),
                fence,
                now,
                output: Some(Value::Null),
                skipped: None,
                advance,
            };
            let reason = "bad".to_owned();
            let (arrived, then) = (Arrived::NotThisTime, AfterFailure::FailRun(None));
            let failed = Change::Fail { path, fence, now, reason, arrived, then };
            for (change, failures) in [(done, 0), (failed, 1)] {
                if failures > self.budget.failures {
                    continue;
                }
                let run = branch.id.clone();
                let ended = Write { run, change }.apply(Some(&claimed));
                let ended = ended.expect("it is held");
                for is_told in [true, false] {
                    if !is_told && self.budget.crashes == 0 {
                        continue;
                    }
                    let mut next = self.clone();
                    next.budget.failures -= failures;
                    next.budget.crashes -= u8::from(!is_told);
                    next.branches.insert(*number, ended.clone());
                    if is_told {
                        // What its end asks for: its letter, and the message to the record above.
                        let commands = sweep(&Run { check_at: Some(NOW), ..ended.clone() }, NOW);
                        carry_out(&mut next, &commands, usize::MAX);
                    }
                    nexts.push(next);
                }
            }
        }
    }

    fn people_act(&self, nexts: &mut Vec<Self>) {
        if self.budget.cancels > 0
            && let Ok(commands) = cancel(&self.parent, NOW)
        {
            for most in [1, usize::MAX] {
                let mut next = self.clone();
                next.budget.cancels -= 1;
                carry_out(&mut next, &commands, most);
                nexts.push(next);
            }
        }
        let nobody = Doers { key_window: None, has_moved: false, can_be_asked: false };
        for branch in self.branches.values().filter(|_| self.budget.replays > 0) {
            if let Ok(commands) = replay(branch, nobody, false, NOW) {
                for most in [1, usize::MAX] {
                    let mut next = self.clone();
                    next.budget.replays -= 1;
                    carry_out(&mut next, &commands, most);
                    nexts.push(next);
                }
            }
        }
    }

    /// It sees to every record that has a time, once nothing else moves.
    fn sweeper_comes(&self, nexts: &mut Vec<Self>) {
        if !self.budget.is_swept || !self.messages.is_empty() || !self.jobs.is_empty() {
            return;
        }
        for run in self.branches.values().chain([&self.parent]) {
            let Some(at) = run.check_at else { continue };
            let mut next = self.clone();
            let commands = sweep(run, after(at, Duration::from_secs(1)));
            carry_out(&mut next, &commands, usize::MAX);
            nexts.push(next);
        }
    }

    fn items(&self) -> &Items {
        self.parent.steps[&"each".into()].work.items().expect("it is a loop")
    }

    /// What must hold in every state.
    fn check(&self) {
        let items = self.items();
        let ended = items.done + items.failed + items.skipped;
        assert!(ended <= items.total, "items were heard of twice: {self:#?}");
        assert!(items.open.len() <= items.concurrency as usize, "{self:#?}");
        if self.parent.state == RunState::Succeeded {
            // Each time that it failed before it was taken up again, it moved on as well.
            let moves = 1 + self.parent.resumed;
            assert_eq!(self.parent.hops, moves, "{self:#?}");
            let is_given_up = items.given_up.is_some();
            let is_over = |one: &Run| match one.state {
                RunState::Succeeded => true,
                RunState::Cancelled => is_given_up,
                _ => false,
            };
            assert!(self.branches.values().all(is_over), "{self:#?}");
            let has_all = ended == items.total && self.branches.len() as u32 == items.branches();
            assert!(has_all || is_given_up, "{self:#?}");
        }
    }

    /// What must hold once nothing moves but what people may do.
    fn check_at_rest(&self) {
        let stopped: Vec<&Run> =
            self.branches.values().filter(|one| one.state == RunState::Failed).collect();
        let fits = match self.parent.state {
            RunState::Succeeded => stopped.is_empty(),
            RunState::Failed => !stopped.is_empty(),
            // A branch that stopped is over as well.
            RunState::Cancelled => self.items().open.is_empty() && stopped.is_empty(),
            _ => false,
        };
        let is_settled =
            self.branches.values().chain([&self.parent]).all(|one| one.check_at.is_none());
        assert!(fits && is_settled, "nothing moves any more: {self:#?}");
    }
}

/// Whether the only thing left to happen is what a person may do.
fn is_at_rest(world: &World) -> bool {
    if !world.messages.is_empty() || !world.jobs.is_empty() {
        return false;
    }
    let calm = World { budget: Budget { replays: 0, cancels: 0, ..world.budget }, ..world.clone() };
    calm.nexts().is_empty()
}

fn explore(flow: OneLoop, budget: Budget) -> usize {
    let mut seen = HashSet::new();
    let mut coming = VecDeque::from([World::new(flow, budget)]);
    while let Some(world) = coming.pop_front() {
        if !seen.insert(world.print()) {
            continue;
        }
        world.check();
        if is_at_rest(&world) {
            world.check_at_rest();
        }
        assert!(seen.len() < STATES_MAX, "the model has grown");
        coming.extend(world.nexts());
    }
    seen.len()
}

#[test]
fn a_loop_is_joined_once_whatever_becomes_of_its_messages_and_workers() {
    let none = Budget {
        lost: 0,
        doubled: 0,
        crashes: 0,
        failures: 0,
        replays: 0,
        cancels: 0,
        is_swept: true,
    };
    let rows = [
        ("messages lost and doubled", Budget { lost: 1, doubled: 1, ..none }),
        ("a worker that stops", Budget { crashes: 1, ..none }),
        ("a failure, and a replay", Budget { failures: 1, replays: 1, ..none }),
        ("a cancellation, and a message lost", Budget { cancels: 1, lost: 1, ..none }),
        ("a cancellation beside a failure", Budget { cancels: 1, failures: 1, ..none }),
    ];
    let unswept = Budget { is_swept: false, ..none };
    let rows = rows.into_iter().flat_map(|(name, budget)| {
        [(2, 2), (2, 1)].map(|(total, concurrency)| {
            (name, OneLoop { total, concurrency, goes_on: false }, budget)
        })
    });
    // Two that are told of at the same moment begin two others.
    let wide = OneLoop { total: 4, concurrency: 2, goes_on: false };
    let passed = OneLoop { total: 2, concurrency: 2, goes_on: true };
    let failing = Budget { failures: 1, ..none };
    let all = rows.chain([
        ("without a sweeper", wide, unswept),
        ("given up, and a message doubled", passed, Budget { doubled: 1, ..failing }),
        ("given up, and a worker that stops", passed, Budget { crashes: 1, ..failing }),
        ("given up, and a cancellation", passed, Budget { cancels: 1, ..failing }),
    ]);
    let mut states = 0;
    for (name, flow, budget) in all {
        let found = explore(flow, budget);
        let OneLoop { total, concurrency, .. } = flow;
        println!("{found:>9}  {total} branches, {concurrency} at a time: {name}");
        states += found;
    }
    assert!(states > STATES_MIN, "only {states} states");
}
