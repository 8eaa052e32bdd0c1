//! Ports in memory for the tests of the use cases; no service answers.

use crate::deployed::{CURRENT_FOR, Deployed};
use crate::execute::{Deadline, Executing};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tradewind_connectors::action::Action;
use tradewind_connectors::provider::{BuiltIn, Provider};
use tradewind_engine::hosts::{Recipient, web_address};
use tradewind_engine::ids::ProviderId;
use tradewind_engine::ports::{
    FreshRead, FreshReads, Http, HttpError, HttpRequest, HttpResponse, Interrupted, Journal,
    NotRead, Receipt, SecretText, Secrets, Unavailable,
};
use tradewind_engine::protocol::{Command, Committed, Times};
use tradewind_engine::runs::{Run, StepState};
use tradewind_engine::time::{Timestamp, after};
use tradewind_memory::{
    Atomicity, FixedLinkKey, Memory, MemoryFiles, MemoryLimits, SeededIds, VirtualClock,
};

/// A provider without limits of its own.
pub(crate) static PROVIDER: BuiltIn =
    BuiltIn::new(|| Arc::new(Provider::plain("acme", "Acme", "https://acme.example")));

/// A clock at noon.
pub(crate) fn clock() -> VirtualClock {
    VirtualClock::new("2026-11-23T12:00:00Z".parse().unwrap())
}

/// A store on that clock.
pub(crate) fn memory(clock: &VirtualClock) -> Arc<Memory> {
    Arc::new(Memory::new(Arc::new(clock.clone()), Atomicity::WholeList))
}

/// Where a journal stops: at the command with that place in the first list it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The command is not carried out.
    Before(usize),
    /// It is carried out, and its answer is lost.
    After(usize),
}

/// A journal that stops in its lists, at each of these places once.
pub(crate) struct Stopping {
    memory: Arc<Memory>,
    stops: Mutex<VecDeque<Stop>>,
    lengths: Mutex<Vec<usize>>,
}

impl Stopping {
    pub(crate) fn new(memory: Arc<Memory>, stops: &[Stop]) -> Self {
        Self {
            memory,
            stops: Mutex::new(stops.iter().copied().collect()),
            lengths: Mutex::default(),
        }
    }

    /// How long the lists were that it was given.
    pub(crate) fn lengths(&self) -> Vec<usize> {
        self.lengths.lock().unwrap().clone()
    }
}

#[async_trait]
impl Journal for Stopping {
    async fn commit(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        let first = {
            let mut lengths = self.lengths.lock().unwrap();
            lengths.push(commands.len());
            lengths[0] - commands.len().min(lengths[0])
        };
        let unavailable = || Unavailable::new("queue", "away");
        let mut last = None;
        for (done, command) in commands.iter().enumerate() {
            let next = self.stops.lock().unwrap().front().copied();
            let here = next.filter(
                |stop| matches!(stop, Stop::Before(at) | Stop::After(at) if *at == first + done),
            );
            if here.is_some() {
                self.stops.lock().unwrap().pop_front();
            }
            if let Some(Stop::Before(_)) = here {
                return Err(Interrupted { done, last, unavailable: unavailable() });
            }
            match self.memory.commit(receipt, std::slice::from_ref(command)).await? {
                Committed::Applied(run) => last = run.or(last),
                refused @ Committed::Refused { .. } => return Ok(refused),
            }
            if here.is_some() {
                return Err(Interrupted { done, last: None, unavailable: unavailable() });
            }
        }
        Ok(Committed::Applied(last))
    }
}

/// Everything for an attempt at these actions.
pub(crate) fn executing(
    clock: &VirtualClock,
    memory: &Arc<Memory>,
    actions: Vec<Action>,
) -> Executing {
    Executing {
        deployed: Arc::new(Deployed::new(memory.clone(), Arc::new(clock.clone()), CURRENT_FOR)),
        actions: Arc::new(actions),
        journal: memory.clone(),
        secrets: Arc::new(NoSecrets),
        tokens: memory.clone(),
        link_keys: Arc::new(FixedLinkKey),
        fresh_reads: Arc::new(NothingRead),
        limits: Arc::new(MemoryLimits::default()),
        http: Arc::new(Silence),
        outbox: memory.clone(),
        files: Arc::new(MemoryFiles::default()),
        clock: Arc::new(clock.clone()),
        ids: Arc::new(SeededIds::new(1)),
        times: Times::STANDARD,
        deadline: Deadline::default(),
    }
}

/// A run whose step `do` waits for a worker.
pub(crate) fn ready(now: Timestamp, class: &str, on_unknown: &str) -> Run {
    let mut run = claimed(now, Duration::ZERO, class, on_unknown);
    for step in run.steps.values_mut() {
        (step.state, step.fence, step.attempts) = (StepState::Ready, 0, 0);
        (step.claimed_at, step.lease_until) = (None, None);
    }
    run
}

/// A run at whose step `do` an attempt has just been claimed.
pub(crate) fn claimed(now: Timestamp, lease: Duration, class: &str, on_unknown: &str) -> Run {
    let step = json!({
        "state": "running", "action": "thing.do", "provider": "acme", "class": class,
        "on_unknown": on_unknown, "fence": 1, "claimed_at": now, "lease_until": after(now, lease),
        "attempts": 1, "asked": 0, "tried": [],
    });
    let run = json!({
        "v": 1, "id": "run_1", "workflow": "w", "version": 1, "event": "evt_1", "key": "k",
        "generation": 0, "test": false, "state": "active", "gen": 0, "input": null,
        "steps": { "do": step }, "dead_lettered": false, "quiet": false, "hops": 0,
        "created_at": now,
    });
    serde_json::from_value(run).expect("it has all that a run has to have")
}

struct Silence;

#[async_trait]
impl Http for Silence {
    async fn send(&self, _: &Recipient, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        Err(match request.url.as_str() {
            "blocked" => web_address("file:///")
                .err()
                .map_or_else(|| HttpError::Lost(String::new()), HttpError::Blocked),
            _ => HttpError::Lost("reset".to_owned()),
        })
    }
}

struct NoSecrets;

#[async_trait]
impl Secrets for NoSecrets {
    async fn read(
        &self,
        _: &ProviderId,
        _: &str,
        _: bool,
    ) -> Result<Option<SecretText>, Unavailable> {
        Ok(None)
    }
}

struct NothingRead;

#[async_trait]
impl FreshReads for NothingRead {
    async fn read_afresh(&self, _: &FreshRead) -> Result<Value, NotRead> {
        Err(NotRead::NotNow { reason: "nobody reads here".to_owned() })
    }
}
