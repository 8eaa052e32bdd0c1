//! Long random sequences of writes, held against the meaning of each.

use super::World;
use super::given::{plan, run};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::effects::EffectClass;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::protocol::{
    Advance, AfterBranch, AfterFailure, Arrived, Change, Command, Committed, Next, OfBranch,
    Passed, Report, Write,
};
use tradewind_engine::runs::{
    Branch, Failure, FailureKind, FlowKind, ItemEnd, Items, RUN_VERSION, Run, RunState, StepPlan,
    StepWork, StoppedBranch,
};
use tradewind_engine::slots::SlotKey;
use tradewind_engine::time::{Timestamp, after};

const SEEDS: u64 = 8;
const WRITES: usize = 100;

pub(super) async fn any_sequence_of_writes_leaves_the_run_that_apply_gives(world: &World) {
    let mut applied = 0;
    for seed in 0..SEEDS {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut expected: Option<Run> = None;
        let mut id = RunId(format!("run_{seed}"));
        let mut refused = 0;
        for number in 0..WRITES {
            // A run may come to where hardly any change is allowed, such as a loop after a failure.
            if expected.as_ref().is_some_and(is_over) && chance.random_bool(0.3) || refused > 8 {
                refused = 0;
                assert_eq!(world.runs().read(&id).await.unwrap(), expected, "seed {seed}");
                (id, expected) = (RunId(format!("run_{seed}_{number}")), None);
            }
            world.pass(Duration::from_secs(chance.random_range(0..60)));
            let fresh = any_record(&mut chance, run(id.as_str(), world.now()));
            let change = any_change(&mut chance, &fresh, expected.as_ref(), world.now());
            let meaning = Write { run: id.clone(), change };
            let next = meaning.apply(expected.as_ref());
            let end = world.commit(&[Command::Write(meaning.clone())]).await;
            let wanted = match next {
                Ok(next) => {
                    (applied, refused) = (applied + 1, 0);
                    expected = Some(next.clone());
                    Committed::Applied(Some(Box::new(next)))
                }
                Err(_) => {
                    refused += 1;
                    Committed::Refused { current: expected.clone().map(Box::new) }
                }
            };
            assert_eq!(end, wanted, "seed {seed}, write {number}: {meaning:?}");
        }
        assert_eq!(world.runs().read(&id).await.unwrap(), expected, "seed {seed}");
    }
    assert!(applied > SEEDS as usize * WRITES / 4, "only {applied} writes were allowed");
}

fn is_over(run: &Run) -> bool {
    matches!(run.state, RunState::Succeeded | RunState::Cancelled) || run.redacted_at.is_some()
}

/// Any change; most of them with a fence and a `resumed` that may fit.
fn any_change(chance: &mut StdRng, fresh: &Run, run: Option<&Run>, now: Timestamp) -> Change {
    let steps = run.map(|run| &run.steps);
    let paths = ["log", "mail", "each[0].label", "on_failure[0]"];
    let open = steps.into_iter().flatten().filter(|(_, step)| step.state.is_open());
    let open: Vec<&StepPath> = open.map(|(path, _)| path).collect();
    let path: StepPath = match open.len() {
        1.. if chance.random_bool(0.9) => open[chance.random_range(0..open.len())].clone(),
        _ => paths[chance.random_range(0..paths.len())].into(),
    };
    if run.is_some_and(Run::has_open_branches) && chance.random_bool(0.8) {
        return any_report(chance, now);
    }
    let fence = steps.and_then(|steps| steps.get(&path)).map_or(0, |step| step.fence);
    let fence = if chance.random_bool(0.9) { fence } else { fence + 1 };
    let resumed = run.map_or(0, |run| run.resumed);
    let later = after(now, any_pause(chance));
    let reason = "it said \"no\"\u{FFFF}".to_owned();
    let asks = steps.is_some_and(|steps| steps.contains_key(&StepPath::slot()));
    match chance.random_range(0..if asks { 35 } else { 31 }) {
        0 | 1 if run.is_some() => Change::DeadLettered { resumed },
        _ if run.is_none() => Change::Start(Box::new(fresh.clone())),
        2..=6 => Change::Claim { id: "claim".into(), path, now, lease_until: later },
        7 => Change::ClaimQuestion { id: "claim".into(), path, now, lease_until: later },
        8 | 9 => {
            let (output, skipped) = any_output(chance);
            Change::Complete {
                path,
                fence,
                now,
                output,
                skipped,
                advance: any_advance(chance, now),
            }
        }
        10 => Change::RecordOnly { path, fence, now, output: json!([1, null]) },
        11 => {
            let arrived = [Arrived::Maybe, Arrived::NotThisTime, Arrived::Never];
            let arrived = arrived[chance.random_range(0..arrived.len())];
            let spent = chance.random_bool(0.8);
            Change::Retry { path, fence, now, next_at: later, reason, arrived, spent }
        }
        12 if steps.and_then(|steps| steps.get(&path)).is_some_and(|step| step.attempts > 0) => {
            let next_at = chance.random_bool(0.8).then_some(later);
            Change::Postpone { path, fence, now, next_at, reason }
        }
        12 | 19 => {
            let spent = chance.random_bool(0.8);
            Change::Doubt { path, fence, now, next_at: later, reason, spent }
        }
        13 => {
            let then = if chance.random_bool(0.5) {
                AfterFailure::Advance(any_advance(chance, now))
            } else {
                AfterFailure::FailRun(chance.random_bool(0.5).then(|| plan("on_failure[0]")))
            };
            Change::Fail { path, fence, now, reason, arrived: Arrived::Maybe, then }
        }
        14 => {
            let (arrived, kind) = (Arrived::Maybe, FailureKind::UnknownOutcome);
            Change::Park { path, fence, now, reason, arrived, kind }
        }
        15 => Change::DeadLettered { resumed },
        16 => {
            let (ask, forget_key) = (chance.random_bool(0.5), chance.random_bool(0.5));
            Change::Replay { resumed, now, ask, forget_key }
        }
        17 => {
            let (output, _) = any_output(chance);
            Change::Resolve { resumed, now, output, advance: any_advance(chance, now) }
        }
        18 => {
            let seen = run.and_then(|run| run.check_at).unwrap_or(now);
            Change::CheckLater { seen, check_at: chance.random_bool(0.8).then_some(later) }
        }
        20 => {
            let (provider, class) = ("airtable".into(), EffectClass::Queryable);
            let identity =
                chance.random_bool(0.5).then(|| serde_json::from_value(json!("0f1e")).unwrap());
            Change::Reassign { path, fence, provider, class, identity }
        }
        21 | 22 => Change::Wait { path, fence, until: later },
        26 if steps.and_then(|steps| steps.get(&path)).is_some_and(|step| step.attempts > 0) => {
            Change::Loop { path, fence, now, items: Items::begin(7, 2, 1, 1_000) }
        }
        26..=28 => any_report(chance, now),
        29 => Change::Reported { resumed },
        31 => {
            Change::TakeTurn { path, fence, now, slot: slot(), advance: any_advance(chance, now) }
        }
        32 if steps.and_then(|steps| steps.get(&path)).is_some_and(|step| step.attempts > 0) => {
            Change::AwaitTurn { path, fence, slot: slot(), look_at: later }
        }
        33 => Change::LetIn { slot: slot(), now },
        34 => Change::LeaveSlot { slot: slot() },
        30 => {
            let (output, skipped) = any_output(chance);
            let output = output.ok_or_else(|| skipped.unwrap_or_default());
            Change::Hear { path, event: "evt_7".into(), accepted_at: now, output, now }
        }
        _ if chance.random_bool(0.1) => Change::Cancel { now },
        _ if chance.random_bool(0.1) => Change::Redact { now },
        _ => Change::DeadLettered { resumed: resumed + 1 },
    }
}

/// A run, or a branch of one.
fn any_record(chance: &mut StdRng, run: Run) -> Run {
    if chance.random_bool(0.7) {
        return run;
    }
    let (root, step) = (RunId::from("run_above"), StepPath::from("each"));
    let branch = Branch {
        decided: Default::default(),
        timezone: None,
        parent: root.clone(),
        root,
        step,
        number: 1,
        first: 4,
        count: 3,
        ended: "d".to_owned(),
        failures: Vec::new(),
        reported: None,
    };
    Run { v: RUN_VERSION, branch: Some(branch), ..run }
}

/// What is heard of a branch, and what may follow.
fn any_report(chance: &mut StdRng, now: Timestamp) -> Change {
    let failure = Failure {
        step: "each[2].label".into(),
        reason: "bad".to_owned(),
        attempts: 1,
        kind: FailureKind::Failed,
    };
    let resumed = chance.random_range(0..2);
    let of = match chance.random_range(0..4) {
        0 => OfBranch::Open,
        1 => OfBranch::Stopped(StoppedBranch { resumed, parked: chance.random(), failure }),
        _ => OfBranch::Ended { done: 2, failed: 1, skipped: 1, failures: Vec::new() },
    };
    let then = match chance.random_range(0..5) {
        0 | 1 => AfterBranch::Completes(any_advance(chance, now)),
        4 => AfterBranch::GivesUp,
        2 => AfterBranch::Stops(AfterFailure::FailRun(None)),
        _ => AfterBranch::GoesOn { next: 2 },
    };
    let number = chance.random_range(0..2);
    let report = Report { resumed, of };
    Change::RecordBranch { path: "each".into(), number, report, now, then }
}

fn any_output(chance: &mut StdRng) -> (Option<Value>, Option<String>) {
    if chance.random_bool(0.7) {
        let amount = f64::from(chance.random_range(0..10_000_000)) / 100.0;
        let output = json!({ "amount": amount, "text": "\u{0}\u{FFFF}" });
        (Some(output), None)
    } else {
        (None, Some("not needed".to_owned()))
    }
}

fn slot() -> SlotKey {
    SlotKey::of(&"w".into(), Some("7"))
}

fn any_pause(chance: &mut StdRng) -> Duration {
    Duration::from_millis(chance.random_range(0..120_000))
}

fn flow(path: &str, kind: FlowKind) -> StepPlan {
    StepPlan { path: path.into(), work: StepWork::flow(kind) }
}

fn any_advance(chance: &mut StdRng, now: Timestamp) -> Advance {
    let passed = match chance.random_range(0..10) {
        0..3 => vec![Passed::Skipped(plan("each[0].label"), "its `if` did not hold".to_owned())],
        3 => vec![Passed::Decided(flow("route", FlowKind::Choose), json!({ "taken": 1 }))],
        _ => Vec::new(),
    };
    let next = if chance.random_bool(0.9) {
        let paths = ["log", "mail", "each[0].label"];
        Next::Step(plan(paths[chance.random_range(0..paths.len())]))
    } else if chance.random_bool(0.4) {
        Next::Loop(flow("each", FlowKind::ForEach), Items::begin(7, 2, 1, 1_000))
    } else if chance.random_bool(0.5) {
        Next::Wait(flow("pause", FlowKind::Wait), after(now, any_pause(chance)))
    } else if chance.random_bool(0.5) {
        match chance.random_bool(0.5) {
            true => Next::Step(flow("$slot", FlowKind::Slot)),
            false => Next::Step(flow("pause", FlowKind::WaitForEvent)),
        }
    } else {
        Next::End
    };
    let ends = [ItemEnd::Done, ItemEnd::Skipped, ItemEnd::Failed];
    let ended_items = match chance.random_bool(0.2) {
        true => vec![ends[chance.random_range(0..ends.len())]],
        false => Vec::new(),
    };
    Advance { ended_items, passed, next }
}
