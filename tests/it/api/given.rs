//! Events and runs that stand where a test begins.

use super::world::World;
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::ports::{Clock, Journal, Outbox, Runs};
use tradewind_engine::protocol::{
    Advance, AfterFailure, Arrived, Change, Command, Committed, Ended, Flow, Next, WakeUp, Write,
};
use tradewind_engine::queues::{DISPATCH_QUEUE, Queue};
use tradewind_engine::runs::{FailureKind, FlowKind, Question, Run, RunState, StepPlan, StepWork};
use tradewind_engine::time::after;
use tradewind_platform::Handled;
use tradewind_platform::dispatch::dispatch;

/// The step that the runs stop at.
pub(super) const STEP: &str = "confirm";

/// Where a run is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    Active,
    Succeeded,
    Failed,
    NeedsRepair,
    Unknown,
    Cancelled,
    Redacted,
    Asking,
}

/// What a person would send to make an order.
pub(super) fn order(id: &str) -> Value {
    json!({ "event": "order.placed", "data": { "order": { "id": id, "number": "1001" } } })
}

impl World {
    /// Makes an event, gives it to the workflows, and returns its id.
    pub(super) async fn event(&self, order_id: &str) -> String {
        let answer = self.call("POST", "/api/events", order(order_id)).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        self.dispatch_all().await;
        answer.json()["event_id"].as_str().unwrap().to_owned()
    }

    /// Gives every waiting event to the workflows.
    pub(super) async fn dispatch_all(&self) {
        let ports = self.dispatching();
        let hidden = Duration::from_secs(60);
        for message in self.memory.receive(DISPATCH_QUEUE, 10, hidden, self.clock.now()) {
            let handled = dispatch(&ports, &message.receipt, &message.body).await.unwrap();
            assert_eq!(handled, Handled::Settled);
        }
    }

    /// An event with its run, which stands there.
    pub(super) async fn run(&self, stand: Stand) -> RunId {
        let event = self.event("ord_1").await;
        let answer = self.call("GET", &format!("/api/runs?event={event}"), Value::Null).await;
        let id = RunId::from(answer.json()["runs"][0]["id"].as_str().unwrap());
        self.bring(&id, stand).await;
        id
    }

    /// Brings a run that waits for its first step there.
    pub(super) async fn bring(&self, id: &RunId, stand: Stand) {
        let now = self.clock.now();
        let (path, fence) = (StepPath::from(STEP), 1);
        let reason = "the mailbox is full".to_owned();
        let fail = || {
            let then = AfterFailure::FailRun(None);
            let (path, reason) = (path.clone(), reason.clone());
            Change::Fail { path, fence, now, reason, arrived: Arrived::Maybe, then }
        };
        let park = |kind| Change::Park {
            path: path.clone(),
            fence,
            now,
            reason: reason.clone(),
            arrived: Arrived::Maybe,
            kind,
        };
        match stand {
            Stand::Active => {}
            Stand::Failed => self.attempt(id, fail()).await,
            Stand::NeedsRepair => self.attempt(id, park(FailureKind::NeedsRepair)).await,
            Stand::Unknown => self.attempt(id, park(FailureKind::UnknownOutcome)).await,
            Stand::Cancelled => self.write(id, Change::Cancel { now }).await,
            Stand::Redacted => {
                self.attempt(id, fail()).await;
                self.write(id, Change::Redact { now }).await;
            }
            Stand::Asking => {
                let plan =
                    StepPlan { path: "ask".into(), work: StepWork::flow(FlowKind::Approval) };
                let advance = Advance::to(Next::Step(plan));
                let (output, skipped) = (Some(json!({ "message_id": "m-1" })), None);
                let done = Change::Complete { path, fence, now, output, skipped, advance };
                self.attempt(id, done).await;
                self.claim(id, "ask").await;
                let (path, until) = ("ask".into(), after(now, Duration::from_secs(600)));
                let question = Question::new("Shall it be sent?");
                self.write(id, Change::Ask { path, fence, until, question }).await;
            }
            Stand::Succeeded => {
                self.complete(id, STEP).await;
                self.complete(id, "tell").await;
            }
        }
    }

    /// Does a step.
    pub(super) async fn complete(&self, id: &RunId, step: &str) {
        let run = self.read(id).await;
        let path = StepPath::from(step);
        let now = self.clock.now();
        let output = json!({ "message_id": "m-1" });
        let compiled = self.dispatching().deployed.version(&run.workflow, run.version).await;
        let compiled = compiled.unwrap().unwrap();
        let advance = compiled.advance(&run, &path, Ended::Done(&output), now);
        self.claim(id, step).await;
        let complete =
            Change::Complete { path, fence: 1, now, output: Some(output), skipped: None, advance };
        self.write(id, complete).await;
    }

    async fn attempt(&self, id: &RunId, outcome: Change) {
        self.claim(id, STEP).await;
        self.write(id, outcome).await;
    }

    async fn claim(&self, id: &RunId, step: &str) {
        let now = self.clock.now();
        let lease_until = after(now, Duration::from_secs(90));
        self.write(id, Change::Claim { id: "claim".into(), path: step.into(), now, lease_until })
            .await;
    }

    /// Changes a run.
    pub(super) async fn write(&self, id: &RunId, change: Change) {
        let write = Command::Write(Write { run: id.clone(), change });
        let committed = self.memory.commit(None, &[write]).await.unwrap();
        assert!(matches!(committed, Committed::Applied(_)), "{committed:?}");
    }

    /// The dead letter of a run.
    pub(super) async fn dead_letter(&self, run: &RunId) -> String {
        let of = Queue::Action("email.send".into());
        let wake = WakeUp::new(run, &STEP.into());
        let letter = Command::DeadLetter { of, wake };
        self.memory.commit(None, &[letter]).await.unwrap();
        let answer = self.call("GET", "/api/dead-letters", Value::Null).await;
        answer.json()["dead_letters"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Something in the outbox.
    pub(super) async fn outbox_entry(&self, run: &RunId) {
        let entry = OutboxEntry {
            key: step_key(run),
            run: run.clone(),
            step: STEP.into(),
            connection: "mail".into(),
            action: "email.send".into(),
            input: json!({ "to": "ana@example.com" }),
            output: json!({ "message_id": "sandbox-1" }),
            at: self.clock.now(),
        };
        Outbox::store_entry(&*self.memory, entry).await.unwrap();
    }

    /// The run as it is kept.
    pub(super) async fn read(&self, id: &RunId) -> Run {
        Runs::read(&*self.memory, id).await.unwrap().unwrap()
    }

    /// The lines of the audit log, the oldest first.
    pub(super) async fn audit(&self) -> Vec<String> {
        let answer = self.call("GET", "/api/audit", Value::Null).await;
        let json = answer.json();
        let lines = json["audit"].as_array().unwrap().iter().rev();
        let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
        lines
            .map(|line| {
                assert_eq!(line["actor"], "local");
                let parts = ["action", "subject", "detail"].map(|key| text(line, key));
                parts.join(" | ")
            })
            .collect()
    }

    pub(super) async fn state(&self, id: &RunId) -> RunState {
        self.read(id).await.state
    }
}

fn step_key(run: &RunId) -> String {
    tradewind_engine::runs::idempotency_key(run, &STEP.into(), 0)
}
