//! Lists for looking things up: dead letters, the outbox, endpoints, refused deliveries, the audit
//! log.

use super::{cut_reason, shown};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tradewind_engine::holds::HoldKey;
use tradewind_engine::ids::EventId;
use tradewind_engine::protocol::WakeUp;
use tradewind_engine::time::Timestamp;
use tradewind_engine::{audit, letters, outbox, refusals};
use tradewind_platform::endpoints;
use utoipa::ToSchema;

/// The newest dead letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterList {
    /// The newest first.
    pub dead_letters: Vec<DeadLetter>,
}

/// A message that was given up on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeadLetter {
    /// The letter.
    pub id: String,
    /// The queue that it goes back to: an action such as `email.send`, or `dispatch`.
    pub queue: String,
    /// What kind of message it is.
    pub kind: DeadLetterKind,
    /// The run that it is about.
    pub run: Option<String>,
    /// The step that it is about.
    pub step: Option<String>,
    /// The event that it is about.
    pub event: Option<String>,
    /// Why it was given up on.
    pub reason: String,
    /// When it was given up.
    pub at: Timestamp,
}

/// What kind of message a dead letter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeadLetterKind {
    /// It says "look at this step of this run". Sent back after the run stopped, it is a replay.
    WakeUp,
    /// It says "look at these events that are held". Sent back, it is looked at again whether their run can start.
    Hold,
    /// An event on its way to the workflows.
    Event,
    /// It cannot be read.
    Unreadable,
}

/// The letter was removed; what it told of stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Dismissed {
    /// The letter.
    pub id: String,
}

/// The letter is on its way back to its queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Redriven {
    /// The letter.
    pub id: String,
}

/// What sandbox connections were asked to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OutboxList {
    /// The newest first.
    pub outbox: Vec<OutboxEntry>,
}

/// One thing that a sandbox connection was asked to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OutboxEntry {
    /// The step's idempotency key.
    pub key: String,
    /// The run that asked.
    pub run: String,
    /// The step that asked.
    pub step: String,
    /// The connection that stands in.
    pub connection: String,
    /// What was asked for.
    pub action: String,
    /// With what.
    pub input: Value,
    /// What was answered.
    pub output: Value,
    /// When it was first asked.
    pub at: Timestamp,
}

/// The places where webhooks come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EndpointList {
    /// By connection.
    pub endpoints: Vec<Endpoint>,
}

/// A place where webhooks come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Endpoint {
    /// The connection.
    pub connection: String,
    /// Its provider.
    pub provider: String,
    /// The path below the public address.
    pub path: String,
    /// The whole address, where the project names its public address.
    pub url: Option<String>,
    /// Whether webhooks are taken. An endpoint that is not ready looks, from outside, as if it did
    /// not exist.
    pub ready: bool,
    /// What is missing, such as `endpoint_not_ready: secret_missing: …`.
    pub reason: Option<String>,
    /// What to see to although webhooks are taken, such as one of two secrets that is not set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The newest refused deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusalList {
    /// The newest first.
    pub refusals: Vec<RefusedDelivery>,
}

/// A delivery that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusedDelivery {
    /// When; of several of the same kind, the newest.
    pub at: Timestamp,
    /// When the first of them was.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// How many they are.
    #[serde(default = "one")]
    pub count: u64,
    /// The provider in its path; empty where the path names no endpoint; `api` where it tells of
    /// requests to this API.
    pub provider: String,
    /// The connection in its path.
    pub connection: String,
    /// Why, such as `signature_invalid`. An endpoint whose secret is missing is
    /// `endpoint_not_ready` here, and `not_found` to the sender.
    pub code: String,
    /// Why, in a sentence.
    pub reason: String,
    /// The path as it was asked for, without its query.
    #[serde(default)]
    pub path: String,
    /// What a person should do about it.
    #[serde(default)]
    pub cure: String,
    /// That the sender will soon stop sending, or has, where many were refused in a row.
    #[serde(default)]
    pub warning: Option<String>,
}

/// The newest changes made through the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditList {
    /// The newest first.
    pub audit: Vec<AuditLine>,
}

/// One change made through the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditLine {
    /// When.
    pub at: Timestamp,
    /// Who: the name of the token; `token` in lines of before tokens had names.
    pub actor: String,
    /// What, such as `run.replay`.
    pub action: String,
    /// On what, such as a run's id.
    pub subject: String,
    /// Details.
    pub detail: String,
}

impl From<letters::DeadLetter> for DeadLetter {
    fn from(letter: letters::DeadLetter) -> Self {
        let blank = Self {
            id: letter.id,
            queue: letter.queue,
            kind: DeadLetterKind::Unreadable,
            run: None,
            step: None,
            event: None,
            reason: cut_reason(&letter.reason),
            at: letter.at,
        };
        if let Ok(wake) = serde_json::from_str::<WakeUp>(&letter.body) {
            if HoldKey::in_wake(&wake).is_some() {
                return Self { kind: DeadLetterKind::Hold, ..blank };
            }
            let (run, step) = (Some(wake.run.root().0), Some(wake.path.0));
            return Self { kind: DeadLetterKind::WakeUp, run, step, ..blank };
        }
        match serde_json::from_str::<OnItsWay>(&letter.body) {
            Ok(event) => Self { kind: DeadLetterKind::Event, event: Some(event.id.0), ..blank },
            Err(_) => blank,
        }
    }
}

fn one() -> u64 {
    1
}

/// What an event and its envelope have in common.
#[derive(Deserialize)]
struct OnItsWay {
    id: EventId,
    #[serde(rename = "name")]
    _name: String,
}

impl From<outbox::OutboxEntry> for OutboxEntry {
    fn from(entry: outbox::OutboxEntry) -> Self {
        Self {
            key: entry.key,
            run: entry.run.0,
            step: entry.step.0,
            connection: entry.connection.0,
            action: entry.action.0,
            input: entry.input,
            output: entry.output,
            at: entry.at,
        }
    }
}

impl Endpoint {
    /// The endpoint below a public address.
    pub(crate) fn new(endpoint: endpoints::Endpoint, public_url: Option<&str>) -> Self {
        let url = public_url.map(|url| format!("{}{}", url.trim_end_matches('/'), endpoint.path));
        Self {
            connection: endpoint.connection.0,
            provider: endpoint.provider.0,
            path: endpoint.path,
            url,
            ready: endpoint.not_ready.is_none(),
            reason: endpoint.not_ready.map(|reason| format!("endpoint_not_ready: {reason}")),
            warnings: endpoint.warnings,
        }
    }
}

impl From<refusals::RefusedDelivery> for RefusedDelivery {
    fn from(refused: refusals::RefusedDelivery) -> Self {
        Self {
            at: refused.at,
            since: Some(refused.since),
            count: refused.count,
            provider: refused.provider,
            connection: refused.connection,
            code: refused.code,
            reason: cut_reason(&refused.reason),
            path: refused.path,
            cure: refused.cure,
            warning: refused.warning,
        }
    }
}

impl From<audit::AuditLine> for AuditLine {
    fn from(line: audit::AuditLine) -> Self {
        Self {
            at: line.at,
            actor: line.actor,
            action: line.action,
            subject: shown(&line.subject),
            detail: cut_reason(&line.detail),
        }
    }
}
