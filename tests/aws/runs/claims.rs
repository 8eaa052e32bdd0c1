//! The claim that DynamoDB judges by itself, held against the engine's.

use super::stand::{Stand, claim, make, plan, run, run_at, start};
use futures::future::join_all;
use std::time::Duration;
use tradewind_engine::effects::{EffectClass, OnUnknown};
use tradewind_engine::ids::StepPath;
use tradewind_engine::ports::Runs as _;
use tradewind_engine::protocol::{Change, LEASE_GRACE, Write};
use tradewind_engine::runs::{Run, RunState, StepRecord, StepState, StepWork};
use tradewind_engine::time::{Timestamp, after, before};

const NANOSECOND: Duration = Duration::from_nanos(1);
/// How many steps share a run, so that its item stays small.
const STEPS: usize = 48;
const LEASE: Duration = Duration::from_secs(90);

const STATES: [StepState; 9] = [
    StepState::Ready,
    StepState::Running,
    StepState::Retry,
    StepState::Waiting,
    StepState::Unknown,
    StepState::Done,
    StepState::Skipped,
    StepState::Failed,
    StepState::Parked,
];
const CLASSES: [EffectClass; 4] =
    [EffectClass::Keyed, EffectClass::Natural, EffectClass::Queryable, EffectClass::Neither];

/// Every state, class and policy, at the edges of the times that matter.
pub(super) async fn dynamodb_judges_and_does_what_the_engine_says(stand: &Stand) {
    let now = stand.now();
    let steps = steps(now);
    let runs = steps.chunks(STEPS).enumerate().map(|(number, steps)| {
        let named = steps.iter().enumerate().map(|(number, step)| {
            (StepPath(format!("each[{number}].step \"{number}\"")), step.clone())
        });
        Run { steps: named.collect(), ..run(&format!("run_{number}"), now) }
    });
    let allowed: Vec<usize> = join_all(runs.map(|run| claim_all(stand, run, now))).await;
    let allowed: usize = allowed.iter().sum();
    assert!(allowed > 200 && allowed < steps.len() / 2, "{allowed} were allowed");
}

async fn claim_all(stand: &Stand, mut expected: Run, now: Timestamp) -> usize {
    let store = stand.store();
    start(&store, &expected).await;
    let mut allowed = 0;
    for path in expected.steps.keys().cloned().collect::<Vec<_>>() {
        let id = format!("claim of {path}").into();
        let change = Change::Claim { id, path, now, lease_until: after(now, LEASE) };
        let write = Write { run: expected.id.clone(), change };
        let wanted = write.apply(Some(&expected));
        match (store.write(&write).await.unwrap(), wanted) {
            (Ok(run), Ok(wanted)) => {
                assert_eq!(run, wanted);
                // Made again because its answer was lost, it gives what it gave before.
                assert_eq!(store.write(&write).await.unwrap().as_ref(), Ok(&wanted));
                (expected, allowed) = (wanted, allowed + 1);
            }
            (Err(run), Err(_)) => assert_eq!(run.as_ref(), Some(&expected)),
            (judged, wanted) => panic!("{write:?}: {judged:?} instead of {wanted:?}"),
        }
    }
    let read = stand.store().read(&expected.id).await.unwrap();
    assert_eq!(read, Some(expected));
    allowed
}

fn work(class: EffectClass, on_unknown: OnUnknown) -> StepWork {
    let mut work = plan("step").work;
    if let Some(action) = work.action_mut() {
        (action.class, action.on_unknown) = (class, on_unknown);
    }
    work
}

fn steps(now: Timestamp) -> Vec<StepRecord> {
    let next = [None, Some(before(now, NANOSECOND)), Some(now), Some(after(now, NANOSECOND))];
    let ended = before(now, LEASE_GRACE);
    let leases = [None, Some(before(ended, NANOSECOND)), Some(ended), Some(after(now, LEASE))];
    let mut steps = Vec::new();
    for state in STATES {
        for class in CLASSES {
            for on_unknown in [OnUnknown::Hold, OnUnknown::Retry] {
                for next_at in next {
                    steps.extend(leases.map(|lease_until| StepRecord {
                        state,
                        work: work(class, on_unknown),
                        next_at,
                        lease_until,
                        // Some have been tried before.
                        key_at: lease_until.and(next_at),
                        fence: 3,
                        attempts: u32::from(next_at.is_some()),
                        ..StepRecord::ready(&plan("step"))
                    }));
                }
            }
        }
    }
    steps
}

pub(super) async fn a_claim_depends_on_where_the_run_stands(stand: &Stand) {
    let (store, now) = (stand.store(), stand.now());
    let states = [
        RunState::Active,
        RunState::Failing,
        RunState::Succeeded,
        RunState::Failed,
        RunState::Parked,
        RunState::Cancelled,
    ];
    let mut allowed = Vec::new();
    for state in states {
        for path in ["log", "on_failure[0]", "on_failure.mail", "on_failures"] {
            let mut run = run_at(&format!("run_{}_{path}", state.as_str()), path, now);
            run.state = state;
            start(&store, &run).await;
            let write = Write { run: run.id.clone(), change: claim(path, now) };
            let judged = store.write(&write).await.unwrap();
            assert_eq!(judged.as_ref().ok(), write.apply(Some(&run)).as_ref().ok());
            allowed.extend(judged.is_ok().then(|| format!("{} {path}", state.as_str())));
            let elsewhere = Write { run: run.id.clone(), change: claim("no such step", now) };
            assert!(store.write(&elsewhere).await.unwrap().is_err());
        }
    }
    let wanted =
        ["active log", "active on_failures", "failing on_failure[0]", "failing on_failure.mail"];
    assert_eq!(allowed, wanted);
    let nobody = Write { run: "run_of_nobody".into(), change: claim("log", now) };
    assert_eq!(store.write(&nobody).await.unwrap(), Err(None));
}

pub(super) async fn of_many_claims_in_many_processes_one_wins(stand: &Stand) {
    let now = stand.now();
    start(&stand.store(), &run_at("run_1", "log", now)).await;
    let stores: Vec<_> = (0..10).map(|_| stand.store()).collect();
    let ends = join_all(stores.iter().enumerate().map(async |(number, store)| {
        let (id, path, lease_until) = (format!("{number}").into(), "log".into(), after(now, LEASE));
        let change = Change::Claim { id, path, now, lease_until };
        store.write(&Write { run: "run_1".into(), change }).await
    }))
    .await;
    let won = ends.iter().filter(|end| end.as_ref().unwrap().is_ok()).count();
    assert_eq!(won, 1);
    for end in ends {
        let run = end.unwrap().unwrap_or_else(|run| run.unwrap());
        assert_eq!(run.steps[&"log".into()].fence, 1);
    }
}

/// Each sees what the others made of the run before, however old what it remembers is.
pub(super) async fn changes_in_many_processes_are_all_made(stand: &Stand) {
    let now = stand.now();
    let names: Vec<String> = (0..10).map(|number| format!("step_{number}")).collect();
    let steps = names.iter().map(|name| (plan(name).path, StepRecord::ready(&plan(name))));
    let run = Run { steps: steps.collect(), ..run("run_1", now) };
    start(&stand.store(), &run).await;
    let work = names.iter().map(async |name| {
        let store = stand.store();
        make(&store, "run_1", claim(name, now)).await;
        let (next_at, reason) = (after(now, LEASE), "not now".to_owned());
        let (path, fence) = (StepPath(name.clone()), 1);
        let change = Change::Postpone { path, fence, now, next_at: Some(next_at), reason };
        make(&store, "run_1", change).await;
    });
    join_all(work).await;
    let run = stand.store().read(&"run_1".into()).await.unwrap().unwrap();
    for step in run.steps.values() {
        assert_eq!((step.state, step.fence, step.attempts), (StepState::Retry, 1, 0));
    }
}
