//! Runs, events and commands to work with.

use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tradewind_engine::effects::{EffectClass, OnUnknown};
use tradewind_engine::events::EventRecord;
use tradewind_engine::events::{EVENT_VERSION_PLAIN, Event};
use tradewind_engine::ids::{ActionId, EventId, RunId, StepPath};
use tradewind_engine::protocol::{Advance, Change, Command, Next, WakeUp, Write};
use tradewind_engine::queues::Queue;
use tradewind_engine::runs::{
    ActionWork, Branch, RUN_VERSION_BRANCH, RUN_VERSION_PLAIN, Run, RunState, StepPlan, StepRecord,
    StepWork,
};
use tradewind_engine::time::{Timestamp, after};

/// The queue that the steps of these runs wait in.
pub(super) const QUEUE: &str = "sheet.append_row";

/// A run that waits for its first step, `log`.
pub(crate) fn run(id: &str, now: Timestamp) -> Run {
    let first = plan("log");
    Run {
        v: RUN_VERSION_PLAIN,
        id: id.into(),
        workflow: "order-log".into(),
        version: 1,
        event: EventId(format!("event-of-{id}")),
        connection: Some("shop".into()),
        key: format!("order-of-{id}"),
        generation: 0,
        test: false,
        state: RunState::Active,
        resumed: 0,
        input: json!({ "order": { "number": "1001" } }),
        steps: BTreeMap::from([(first.path.clone(), StepRecord::ready(&first))]),
        failure: None,
        dead_lettered: false,
        quiet: false,
        hops: 0,
        check_at: Some(after(now, Duration::from_secs(900))),
        created_at: now,
        revision: None,
        chain: 0,
        cancelled_by: None,
        ended_at: None,
        redacted_at: None,
        branch: None,
    }
}

/// A branch of the run's loop, or of one within it, as it begins.
pub(super) fn branch(run: &Run, step: &str, number: u32) -> Run {
    let (root, step) = (run.id.clone(), StepPath::from(step));
    let of = Branch {
        decided: Default::default(),
        timezone: None,
        root: root.clone(),
        parent: root.clone(),
        step: step.clone(),
        number,
        first: 0,
        count: 1,
        ended: String::new(),
        failures: Vec::new(),
        reported: Some(0),
    };
    let id = Branch::id(&root, &step, number);
    Run { v: RUN_VERSION_BRANCH, id, branch: Some(of), ..run.clone() }
}

pub(crate) fn plan(path: &str) -> StepPlan {
    StepPlan {
        path: path.into(),
        work: StepWork::Action(ActionWork {
            action: QUEUE.into(),
            provider: "google_sheets".into(),
            class: EffectClass::Natural,
            on_unknown: OnUnknown::Retry,
            via: Some("books".into()),
            identity: None,
        }),
    }
}

pub(crate) fn event(id: &str, now: Timestamp) -> Event {
    let data = json!({ "order": { "id": id, "number": "1001" } });
    Event {
        v: EVENT_VERSION_PLAIN,
        id: id.into(),
        name: "order.placed".to_owned(),
        connection: Some("shop".into()),
        provider: Some("commercelayer".into()),
        topic: Some("orders.place".to_owned()),
        accepted_at: now,
        revision: None,
        test: false,
        data: data.as_object().unwrap().clone(),
        raw: Some("e30=".to_owned()),
        run: None,
        emitted: None,
        notes: Vec::new(),
    }
}

pub(super) fn record(event: Event) -> Command {
    Command::Record(EventRecord { event, verdicts: Vec::new(), redacted_at: None })
}

pub(super) fn start(run: &Run) -> Command {
    write(&run.id, Change::Start(Box::new(run.clone())))
}

pub(super) fn write(run: &RunId, change: Change) -> Command {
    Command::Write(Write { run: run.clone(), change })
}

/// Another worker's each time.
pub(super) fn claim(run: &Run, now: Timestamp) -> Command {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    claim_as(&format!("claim-{}", NUMBER.fetch_add(1, Ordering::Relaxed)), run, now)
}

pub(super) fn claim_as(id: &str, run: &Run, now: Timestamp) -> Command {
    let lease_until = after(now, Duration::from_secs(90));
    write(&run.id, Change::Claim { id: id.into(), path: "log".into(), now, lease_until })
}

/// The step `log` is done, and with it the run.
pub(super) fn complete(run: &Run, fence: u32, now: Timestamp) -> Command {
    let advance = Advance::to(Next::End);
    let (path, output, skipped): (StepPath, _, _) = ("log".into(), Some(json!({})), None);
    write(&run.id, Change::Complete { path, fence, now, output, skipped, advance })
}

pub(super) fn cancel(run: &Run, now: Timestamp) -> Command {
    write(&run.id, Change::Cancel { now })
}

pub(super) fn wake(run: &str) -> WakeUp {
    WakeUp::new(&run.into(), &"log".into())
}

pub(super) fn send(run: &str) -> Command {
    send_to(QUEUE, run, None)
}

pub(super) fn send_at(run: &str, not_before: Timestamp) -> Command {
    send_to(QUEUE, run, Some(not_before))
}

pub(super) fn send_to(queue: &str, run: &str, not_before: Option<Timestamp>) -> Command {
    Command::Send {
        to: Queue::Action(ActionId::from(queue)),
        wake: wake(run),
        not_before,
        via: None,
    }
}

pub(super) fn dead_letter(run: &str) -> Command {
    Command::DeadLetter { of: Queue::Action(QUEUE.into()), wake: wake(run) }
}

/// The run that a message is about.
pub(super) fn run_of(body: &str) -> String {
    serde_json::from_str::<WakeUp>(body).unwrap().run.0
}
