//! A run, its item and its parts, without a table.

use super::parts::{Held, Moved, Part, move_out};
use super::stored::{Stored, StoredHead, listed_for};
use crate::store::keys::{DUE_PK, TTL};
use crate::store::values::{Item, get_number, get_text};
use aws_sdk_dynamodb::types::AttributeValue;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tradewind_engine::effects::{EffectClass, OnUnknown};
use tradewind_engine::ids::StepPath;
use tradewind_engine::runs::{
    ActionWork, Branch, Failure, FailureKind, FlowKind, FlowWork, ItemFailure, Items, RUN_VERSION,
    Run, RunState, Stands, StepRecord, StepState, StepWork, TRIED_MAX, Tried, Turn,
};
use tradewind_engine::slots::SlotKey;
use tradewind_engine::time::Timestamp;

const KEEP: Duration = Duration::from_secs(90 * 86_400);

#[test]
fn every_run_comes_back_from_its_item_and_parts() {
    let mut with_parts = 0;
    for seed in 0..300 {
        let chance = &mut StdRng::seed_from_u64(seed);
        let run = any_run(chance);
        let (stored, parts) = stored(&run, None);
        with_parts += usize::from(!parts.is_empty());
        assert_eq!(come_back(&stored, &parts), run, "seed {seed}");
        assert!(bytes_of(&stored.to_item(KEEP)) < 64 * 1024, "seed {seed}");
    }
    assert!(with_parts > 40, "only {with_parts} had parts");
}

#[test]
fn what_was_moved_stays_where_it_is_until_it_changes() {
    let chance = &mut StdRng::seed_from_u64(1);
    let mut run = any_run(chance);
    run.input = json!(long_text(chance, 5_000));
    let first: StepPath = "first".into();
    let mut step = any_step(chance, StepState::Done);
    step.output = Some(json!(long_text(chance, 9_000)));
    run.steps = BTreeMap::from([(first.clone(), step)]);
    let (before, mut parts) = stored(&run, None);
    assert_eq!(parts.len(), 2, "the input and the details");

    let second = any_step(chance, StepState::Ready);
    run.steps.insert("second".into(), second);
    let (moved, more) = move_out(&run, Some(&before));
    assert!(more.is_empty());
    assert_eq!(moved, before.moved);

    // A person says that it gave something else, under the same fence.
    run.steps.get_mut(&first).unwrap().output = Some(json!(long_text(chance, 9_000)));
    let (after, more) = stored(&run, Some(&before));
    assert_eq!(more.len(), 1);
    assert_ne!(after.moved.steps[&first], before.moved.steps[&first]);
    assert_eq!(after.moved.input, before.moved.input);
    parts.extend(more);
    assert_eq!(come_back(&after, &parts), run);
}

/// Step after step ends with long reasons and outputs: what DynamoDB writes each time stays small.
#[test]
fn a_run_of_a_hundred_long_steps_stays_small() {
    let chance = &mut StdRng::seed_from_u64(2);
    let mut run = any_run(chance);
    run.state = RunState::Active;
    run.steps.clear();
    let (mut before, mut parts): (Option<Stored>, Vec<Part>) = (None, Vec::new());
    for number in 0..100_i64 {
        let mut step = any_step(chance, StepState::Failed);
        step.reason = Some(long_text(chance, 500));
        step.output = Some(json!(long_text(chance, 3_000)));
        step.ended_at = Some(Timestamp::from_second(1_000_000 + number).unwrap());
        step.tried = (0..TRIED_MAX).map(|_| any_tried(chance, 500)).collect();
        run.steps.insert(format!("each[{number}].a_step_with_a_long_name").into(), step);
        let (after, more) = stored(&run, before.as_ref());
        assert!(more.len() <= 2, "an item and no more than a part or two at a time");
        let bytes = bytes_of(&after.to_item(KEEP));
        assert!(bytes < 64 * 1024, "{bytes} bytes after {number} steps");
        parts.extend(more);
        before = Some(after);
    }
    assert_eq!(come_back(&before.unwrap(), &parts), run);
}

#[test]
fn a_short_run_of_five_steps_is_one_small_item() {
    let chance = &mut StdRng::seed_from_u64(3);
    let mut run = any_run(chance);
    run.input = json!({ "order": { "number": "1001", "customer_email": "jo@example.com" } });
    run.steps.clear();
    for number in 0..5 {
        let mut step = any_step(chance, StepState::Done);
        (step.reason, step.tried) = (None, Vec::new());
        step.output = Some(json!({ "message_id": format!("{:032x}", chance.random::<u128>()) }));
        run.steps.insert(format!("step_{number}").into(), step);
    }
    let (stored, parts) = stored(&run, None);
    assert!(parts.is_empty());
    let bytes = bytes_of(&stored.to_item(KEEP));
    assert!(bytes < 2 * 1024, "{bytes} bytes are more than two units of writing");
}

#[test]
fn only_a_settled_run_without_parts_is_removed_by_its_time() {
    let chance = &mut StdRng::seed_from_u64(4);
    let mut run = any_run(chance);
    (run.input, run.branch) = (Value::Null, None);
    run.steps.clear();
    let at = |second| Timestamp::from_second(second).unwrap();
    let told = |run: &Run, has_parts| {
        let (stored, _) = stored(run, None);
        let item = Stored { has_parts, ..stored }.to_item(KEEP);
        let kind = get_text(&item, DUE_PK).map(|due| due.split('#').next().unwrap().to_owned());
        (kind.unwrap_or_default(), get_number::<i64>(&item, TTL))
    };
    (run.state, run.ended_at, run.redacted_at) = (RunState::Active, None, None);
    run.check_at = Some(at(500));
    assert_eq!(told(&run, false), ("CHECK".to_owned(), None));
    (run.state, run.ended_at) = (RunState::Failed, Some(at(1_000)));
    assert_eq!(told(&run, false), ("CHECK".to_owned(), None), "its letter is still to be sent");
    run.check_at = None;
    let end = Some(1_000 + 90 * 86_400);
    assert_eq!(told(&run, false), ("REDACT".to_owned(), end));
    assert_eq!(told(&run, true), ("REDACT".to_owned(), None));
    run.redacted_at = Some(at(2_000));
    assert_eq!(told(&run, false), ("PURGE".to_owned(), end));
    assert_eq!(told(&run, true), ("REDACT".to_owned(), None), "its parts hold data still");
}

#[test]
fn an_entry_stays_until_the_check_would_come_too_late() {
    let chance = &mut StdRng::seed_from_u64(5);
    let at = |second| Timestamp::from_second(second).unwrap();
    let mut any = any_run(chance);
    (any.input, any.steps) = (Value::Null, BTreeMap::new());
    let listed = |check_at, stands| {
        let run = Run { check_at, ..any.clone() };
        let (stored, _) = stored(&run, None);
        let listed_for = listed_for(&run, stands);
        let seen = StoredHead::of(&Stored { listed_for, ..stored }.to_item(KEEP)).unwrap();
        seen.into_stored(Moved::default(), None, BTreeMap::new()).map(|stored| stored.listed_for)
    };
    assert_eq!(listed(Some(at(900)), None), Some(Some(at(900))), "a run that starts");
    assert_eq!(listed(Some(at(1_500)), Some(at(900))), Some(Some(at(900))), "it was put off");
    assert_eq!(listed(Some(at(900)), Some(at(1_500))), Some(Some(at(900))), "it comes sooner");
    assert_eq!(listed(None, Some(at(900))), Some(None), "nobody looks any more");
}

fn stored(run: &Run, before: Option<&Stored>) -> (Stored, Vec<Part>) {
    let (moved, parts) = move_out(run, before);
    let has_parts = !moved.is_empty();
    let token = "token".to_owned();
    let listed_for = run.check_at;
    let stored = Stored { run: run.clone(), rev: 7, token, moved, has_parts, listed_for };
    (stored, parts)
}

fn come_back(stored: &Stored, parts: &[Part]) -> Run {
    let seen = StoredHead::of(&stored.to_item(KEEP)).unwrap();
    let moved = seen.document.moved();
    assert_eq!(moved, stored.moved);
    let (mut input, mut details) = (None, BTreeMap::new());
    for part in parts {
        let is_named = moved.input.as_ref() == Some(&part.sk) || !part.sk.starts_with("IN#");
        if is_named {
            let held = Held::of(&part.sk, &part.bytes).unwrap();
            held.put_back(&part.sk, &moved, &mut input, &mut details);
        }
    }
    let back = seen.into_stored(moved, input, details).unwrap();
    assert_eq!((back.rev, back.token.as_str()), (7, "token"));
    back.run
}

/// As DynamoDB counts them, nearly.
fn bytes_of(item: &Item) -> usize {
    fn of(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::S(text) => text.len(),
            AttributeValue::N(digits) => digits.len() / 2 + 2,
            AttributeValue::B(bytes) => bytes.as_ref().len(),
            AttributeValue::M(map) => {
                3 + map.iter().map(|(k, v)| 1 + k.len() + of(v)).sum::<usize>()
            }
            _ => 1,
        }
    }
    item.iter().map(|(name, value)| name.len() + of(value)).sum()
}

fn any_run(chance: &mut StdRng) -> Run {
    let states = [
        RunState::Active,
        RunState::Failing,
        RunState::Succeeded,
        RunState::Failed,
        RunState::Parked,
        RunState::Cancelled,
    ];
    let steps = (0..chance.random_range(0..12)).map(|number| {
        let path = [format!("step_{number}"), format!("each[{number}].label")];
        let state = any_state(chance);
        (StepPath(path[chance.random_range(0..2)].clone()), any_step(chance, state))
    });
    let steps = steps.collect();
    Run {
        v: RUN_VERSION,
        id: format!("run_{:x}", chance.random::<u64>()).into(),
        workflow: "order-log".into(),
        version: chance.random(),
        event: "evt_1".into(),
        connection: chance.random_bool(0.5).then(|| "shop".into()),
        key: any_text(chance),
        generation: chance.random(),
        test: chance.random(),
        state: states[chance.random_range(0..states.len())],
        resumed: chance.random(),
        input: any_value(chance, 3),
        steps,
        failure: chance.random_bool(0.5).then(|| Failure {
            step: "log".into(),
            reason: any_text(chance),
            attempts: chance.random(),
            kind: FailureKind::NeedsRepair,
        }),
        dead_lettered: chance.random(),
        quiet: chance.random(),
        hops: chance.random(),
        check_at: any_time(chance),
        created_at: Timestamp::from_nanosecond(chance.random_range(0..1 << 61)).unwrap(),
        revision: None,
        chain: 0,
        cancelled_by: None,
        ended_at: any_time(chance),
        redacted_at: any_time(chance),
        branch: chance.random_bool(0.3).then(|| any_branch(chance)),
    }
}

fn any_branch(chance: &mut StdRng) -> Branch {
    Branch {
        decided: Default::default(),
        timezone: None,
        root: "run_1".into(),
        parent: "run_1".into(),
        step: "each".into(),
        number: chance.random(),
        first: chance.random(),
        count: chance.random(),
        ended: "dsf".to_owned(),
        failures: vec![ItemFailure { step: "each[1].label".into(), reason: any_text(chance) }],
        reported: chance.random_bool(0.5).then(|| chance.random()),
    }
}

fn any_step(chance: &mut StdRng, state: StepState) -> StepRecord {
    let classes =
        [EffectClass::Keyed, EffectClass::Natural, EffectClass::Queryable, EffectClass::Neither];
    StepRecord {
        state,
        work: if chance.random_bool(0.2) {
            let items = chance.random_bool(0.5).then(|| Box::new(Items::begin(7, 2, 1, 1_000)));
            let flow = [FlowKind::ForEach, FlowKind::WaitForEvent, FlowKind::Slot];
            let flow = flow[chance.random_range(0..flow.len())];
            let turn = (flow == FlowKind::Slot).then(|| {
                let slot = SlotKey::of(&"w".into(), Some("7"));
                Box::new(Turn { slot, stands: Stands::InLine })
            });
            let heard = chance.random_bool(0.5).then(|| "evt_7".into());
            let (until, question) = (any_time(chance), None);
            StepWork::Flow(FlowWork { flow, until, items, heard, question, turn })
        } else {
            StepWork::Action(ActionWork {
                action: "sheet.append_row".into(),
                provider: "google_sheets".into(),
                class: classes[chance.random_range(0..4)],
                on_unknown: [OnUnknown::Hold, OnUnknown::Retry][chance.random_range(0..2)],
                via: chance.random_bool(0.5).then(|| "books".into()),
                identity: chance
                    .random_bool(0.5)
                    .then(|| serde_json::from_value(json!("0f1e")).unwrap()),
            })
        },
        fence: chance.random(),
        claim: chance.random_bool(0.5).then(|| "claim_1".into()),
        lease_until: any_time(chance),
        claimed_at: any_time(chance),
        attempts: chance.random(),
        asked: chance.random(),
        next_at: any_time(chance),
        key_at: any_time(chance),
        output: chance.random_bool(0.7).then(|| any_value(chance, 3)),
        reason: chance.random_bool(0.5).then(|| any_text(chance)),
        tried: (0..chance.random_range(0..4)).map(|_| any_tried(chance, 40)).collect(),
        ended_at: any_time(chance),
    }
}

fn any_state(chance: &mut StdRng) -> StepState {
    let states = [
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
    states[chance.random_range(0..states.len())]
}

fn any_tried(chance: &mut StdRng, length: usize) -> Tried {
    let at = Timestamp::from_nanosecond(chance.random_range(0..1 << 61)).unwrap();
    Tried { at, reason: long_text(chance, length) }
}

fn any_time(chance: &mut StdRng) -> Option<Timestamp> {
    let nanosecond = chance.random_range(-(1 << 61)..1 << 61);
    chance.random_bool(0.6).then(|| Timestamp::from_nanosecond(nanosecond).unwrap())
}

fn any_value(chance: &mut StdRng, depth: u32) -> Value {
    match chance.random_range(0..if depth == 0 { 7 } else { 10 }) {
        0 => Value::Null,
        1 => json!(chance.random::<bool>()),
        2 => json!(chance.random::<u64>()),
        3 => json!(chance.random::<i64>()),
        4 => json!([1e300, -1e-300, 0.1, 1.0][chance.random_range(0..4)]),
        5 => json!(any_text(chance)),
        6 => json!(long_text(chance, 6_000)),
        7 => (0..chance.random_range(0..4)).map(|_| any_value(chance, depth - 1)).collect(),
        _ => {
            let members = (0..chance.random_range(0..4))
                .map(|_| (any_text(chance), any_value(chance, depth - 1)));
            Value::Object(members.collect())
        }
    }
}

fn any_text(chance: &mut StdRng) -> String {
    let texts = ["", "order", "\u{0}\u{FFFF}\u{FFFE}", "\u{10FFFF}\u{2028}\"\\ é🛒", "NULL"];
    texts[chance.random_range(0..texts.len())].to_owned()
}

/// A text that hardly shrinks.
fn long_text(chance: &mut StdRng, length: usize) -> String {
    (0..length).map(|_| char::from(chance.random_range(b' '..=b'~'))).collect()
}
