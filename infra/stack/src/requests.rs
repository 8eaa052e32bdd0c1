//! What a run asks of AWS: the model that plan, cost and the tests of the adapters share.
//!
//! Invariant: it counts the happy path. What comes on top only sometimes is named in [`ADDITIONS`].

use serde::Serialize;
use std::iter::Sum;
use std::ops::{Add, Mul};
use std::time::Duration;
use tradewind_engine::workflows::{Step, StepKind, WaitFor, Workflow};

/// How long a message can wait in a queue.
const QUEUE_DELAY_MAX: Duration = Duration::from_secs(15 * 60);

/// Requests by service, as they are billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Requests {
    /// Reads and writes of items.
    pub dynamodb: u64,
    /// Messages that pass a queue; each is sent, received and deleted.
    pub sqs_messages: u64,
    /// Events on the bus.
    pub eventbridge: u64,
    /// Calls of functions.
    pub lambda: u64,
    /// Requests through the gateway.
    pub api_gateway: u64,
    /// Schedules that fire.
    pub scheduler: u64,
}

/// A part of a run's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Such as `step confirm`.
    pub what: String,
    /// What it asks for.
    pub requests: Requests,
}

/// What comes on top, each time that it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Addition {
    /// When.
    pub when: &'static str,
    /// What it asks for.
    pub requests: Requests,
}

const NONE: Requests = Requests {
    dynamodb: 0,
    sqs_messages: 0,
    eventbridge: 0,
    lambda: 0,
    api_gateway: 0,
    scheduler: 0,
};

/// A webhook comes in and is on the bus.
pub const WEBHOOK: Requests = Requests { eventbridge: 1, lambda: 1, api_gateway: 1, ..NONE };
/// An event is given to the workflows that listen, and recorded.
pub const EVENT: Requests = Requests { dynamodb: 1, sqs_messages: 1, lambda: 1, ..NONE };
/// What a step emits is on the bus; what becomes of it is counted with those who listen.
const EMITTED: Requests = Requests { eventbridge: 1, ..NONE };
/// A run is created.
pub const START: Requests = Requests { dynamodb: 1, ..NONE };
/// A step is woken, claimed, done and recorded.
pub const STEP: Requests = Requests { dynamodb: 2, sqs_messages: 1, lambda: 1, ..NONE };
/// The function that reads orders is called, which asks the shop within the limits of its connection.
const FRESH_READ: Requests = Requests { lambda: 1, ..NONE };
/// A wait for an event that comes: it is begun with a mark, and with a look at what came before; the event leaves
/// a mark, looks for the step's and is noted on it; in the end the event's mark names the step, whose own is
/// removed, and the message for the end of its time finds that it went on.
const EVENT_WAIT: Requests = Requests { dynamodb: 14, sqs_messages: 2, lambda: 2, ..NONE };
/// A run's turn: it asks, and stands in its slot; in the end it is taken out of that, which is noted. One that waits is let
/// in, woken, and goes on by another step.
const TURN: Requests = Requests { dynamodb: 8, sqs_messages: 2, lambda: 2, ..NONE };
/// A hold of one event (`debounce`, `batch`): it is asked whether and how long the event is held, which is read again once
/// that is recorded, and joins the hold; at its time the hold is closed, its run started, the event told, and the hold
/// removed.
const HOLD: Requests = Requests { dynamodb: 11, sqs_messages: 1, lambda: 1, ..NONE };
/// A branch of a loop, which works on up to 100 of its items: it is begun, and its end is told to its run; each
/// time both records are read.
pub const BRANCH: Requests = Requests { dynamodb: 7, sqs_messages: 2, lambda: 2, ..NONE };
/// A due time is looked up, published and noted.
pub const DUE: Requests = Requests { dynamodb: 3, eventbridge: 1, ..NONE };
/// What comes on top.
pub const ADDITIONS: [Addition; 9] = [
    // That workflow's own run begins with an [`EVENT`].
    Addition {
        when: "a run whose end is announced: a workflow waits for it, or it failed or was parked",
        requests: Requests { eventbridge: 1, ..NONE },
    },
    Addition {
        when: "a try that is repeated",
        requests: Requests { dynamodb: 2, sqs_messages: 1, lambda: 1, ..NONE },
    },
    Addition {
        when: "a try that is due later than a queue can delay (15 minutes)",
        requests: Requests { scheduler: 1, ..NONE },
    },
    Addition {
        when: "a second in which a function calls a connection: its lease, or the shared breaker",
        requests: Requests { dynamodb: 1, ..NONE },
    },
    Addition {
        when: "a call of a connection that takes one at a time (google_sheets): its place",
        requests: Requests { dynamodb: 2, ..NONE },
    },
    Addition {
        when: "a cold start of a function that needs an OAuth token",
        requests: Requests { dynamodb: 1, ..NONE },
    },
    Addition {
        when: "what was applied is read again, by each function at most every few seconds",
        requests: Requests { dynamodb: 1, ..NONE },
    },
    Addition {
        when: "one more event of a hold (debounce, batch), besides the event itself",
        requests: Requests { dynamodb: 8, ..NONE },
    },
    Addition {
        when: "a step whose outputs, with those before it, are over 8 KB",
        requests: Requests { dynamodb: 1, ..NONE },
    },
];

/// Calls of SDKs: what the functions themselves ask of each service. The rest of [`Requests`] is done
/// by AWS: the gateway calls functions, the rule sends to the dispatch queue, Lambda receives and
/// deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// Reads and writes of items.
    pub dynamodb: u64,
    /// `SendMessage`.
    pub sqs: u64,
    /// `PutEvents`.
    pub eventbridge: u64,
    /// `CreateSchedule`.
    pub scheduler: u64,
}

/// What a run of the workflow asks for when all its steps are done and succeed at once, part by part.
/// An event that starts several workflows comes in once: see [`way_in`].
pub fn per_run(workflow: &Workflow) -> Vec<Part> {
    let mut parts = way_in(workflow);
    parts.extend(own(workflow));
    parts
}

/// The parts of [`per_run`] up to the event's record, which all workflows of the event share.
pub fn way_in(workflow: &Workflow) -> Vec<Part> {
    // What comes from no connection is made here: the end of another run, which is an addition there.
    let webhook = workflow.trigger.from.iter().map(|_| part("webhook", WEBHOOK));
    let due = workflow.trigger.schedule.iter().map(|_| part("due time", DUE));
    webhook.chain(due).chain([part("event", EVENT)]).collect()
}

/// The parts of [`per_run`] that are the run's own.
pub fn own(workflow: &Workflow) -> Vec<Part> {
    let holds = workflow.holding.iter().map(|holding| {
        let late = u64::from(holding.terms.length > QUEUE_DELAY_MAX);
        part("hold, one event", HOLD + Requests { scheduler: late, ..NONE })
    });
    let mut parts: Vec<Part> = holds.chain([part("run", START)]).collect();
    parts.extend(workflow.concurrency.iter().map(|_| part("turn (concurrency)", TURN)));
    parts.extend(of(&workflow.steps));
    parts
}

/// How many steps of a run are worked on.
pub fn steps(workflow: &Workflow) -> u64 {
    of(&workflow.steps).len() as u64
}

/// The parts of these steps. Of a `choose`, the route that asks for most counts.
fn of(steps: &[Step]) -> Vec<Part> {
    let parts = steps.iter().map(|step| {
        let own = |requests| vec![part(&format!("step {}", step.path), requests)];
        match &step.kind {
            StepKind::Action(action) if action.still.is_some() => own(STEP + FRESH_READ),
            StepKind::Action(_) => own(STEP),
            StepKind::Wait(wait_for) => own(waiting(wait_for)),
            StepKind::Emit(_) => own(STEP + EMITTED),
            StepKind::Approval(approval) => {
                own(STEP + waiting(&WaitFor::Duration(approval.deadline)))
            }
            StepKind::Choose(routes) => {
                let routes = routes.iter().map(|route| of(&route.steps));
                routes.max_by_key(|parts| weight(total(parts))).unwrap_or_default()
            }
            // How many items there are, only the event says: it is counted for one.
            StepKind::ForEach(one) => {
                let mut parts = vec![part(&format!("loop {}, one item", step.path), BRANCH)];
                parts.extend(of(&one.steps));
                parts
            }
        }
    });
    parts.flatten().collect()
}

/// By which routes are compared: requests of all kinds together.
fn weight(requests: Requests) -> u64 {
    let Requests { dynamodb, sqs_messages, eventbridge, lambda, api_gateway, scheduler } = requests;
    dynamodb + sqs_messages + eventbridge + lambda + api_gateway + scheduler
}

/// A wait is woken, claimed and recorded like any step; a long one is kept by a schedule.
fn waiting(wait_for: &WaitFor) -> Requests {
    match wait_for {
        WaitFor::Duration(duration) if *duration <= QUEUE_DELAY_MAX => STEP,
        WaitFor::Duration(_) | WaitFor::Moment(_) => STEP + Requests { scheduler: 1, ..NONE },
        WaitFor::Event(wait) => {
            let late = u64::from(wait.length > QUEUE_DELAY_MAX);
            STEP + EVENT_WAIT + Requests { scheduler: late, ..NONE }
        }
    }
}

/// What a run of so many steps asks for in all.
pub fn of_steps(steps: u64) -> Requests {
    WEBHOOK + EVENT + START + STEP * steps
}

/// What the functions themselves ask for in a run of so many steps.
pub fn calls_of_steps(steps: u64) -> Calls {
    let all = of_steps(steps);
    Calls {
        dynamodb: all.dynamodb,
        // The event itself is sent to the dispatch queue by the rule.
        sqs: all.sqs_messages - EVENT.sqs_messages,
        eventbridge: all.eventbridge,
        scheduler: all.scheduler,
    }
}

/// The parts together.
pub fn total(parts: &[Part]) -> Requests {
    parts.iter().map(|part| part.requests).sum()
}

fn part(what: &str, requests: Requests) -> Part {
    Part { what: what.to_owned(), requests }
}

impl Requests {
    fn each(self, other: Self, of: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            dynamodb: of(self.dynamodb, other.dynamodb),
            sqs_messages: of(self.sqs_messages, other.sqs_messages),
            eventbridge: of(self.eventbridge, other.eventbridge),
            lambda: of(self.lambda, other.lambda),
            api_gateway: of(self.api_gateway, other.api_gateway),
            scheduler: of(self.scheduler, other.scheduler),
        }
    }
}

impl Add for Requests {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.each(other, u64::add)
    }
}

impl Mul<u64> for Requests {
    type Output = Self;

    fn mul(self, times: u64) -> Self {
        self.each(self, |one, _| one * times)
    }
}

impl Sum for Requests {
    fn sum<Parts: Iterator<Item = Self>>(parts: Parts) -> Self {
        parts.fold(NONE, Add::add)
    }
}
