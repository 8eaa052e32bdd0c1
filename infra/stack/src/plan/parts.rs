//! The lines of a plan.

use crate::cost::Cost;
use crate::drain::Drain;
use crate::idle::Idle;
use crate::requests::{Part, Requests};
use serde::Serialize;
use tradewind_engine::ids::{ConnectionName, WorkflowId};

/// A function that is used.
#[derive(Debug, Serialize)]
pub struct PlannedFunction {
    /// Its binary.
    pub bin: String,
    /// Its name on AWS.
    pub name: String,
    /// The workflows that need it.
    pub used_by: Vec<String>,
    /// What it may do.
    pub permissions: Vec<PlannedPermission>,
}

/// Something a function may do.
#[derive(Debug, Serialize)]
pub struct PlannedPermission {
    /// Such as `sqs:SendMessage`.
    pub actions: Vec<&'static str>,
    /// To which.
    pub resources: Vec<String>,
}

/// A queue with its dead letters.
#[derive(Debug, Serialize)]
pub struct PlannedQueue {
    /// Its name.
    pub name: String,
    /// The queue of what was given up on.
    pub dead_letters: String,
    /// The function that works on it.
    pub feeds: String,
}

/// Something that happens by the clock.
#[derive(Debug, Serialize)]
pub struct PlannedSchedule {
    /// Its name.
    pub name: String,
    /// When.
    pub when: &'static str,
    /// What happens.
    pub what: &'static str,
}

/// A secret that connections name.
#[derive(Debug, Serialize)]
pub struct PlannedSecret {
    /// As tradewind.yaml names it.
    pub name: String,
    /// The provider whose functions read it.
    pub provider: String,
    /// The connections that name it.
    pub connections: Vec<ConnectionName>,
    /// The SSM parameter that holds it.
    pub parameter: String,
    /// The command that asks for it and stores it.
    pub command: String,
    /// The command that stores a file as the secret.
    pub file_command: String,
}

/// Webhooks that a provider has to be told to send.
#[derive(Debug, Serialize)]
pub struct PlannedWebhook {
    /// The connection they are for.
    pub connection: ConnectionName,
    /// The provider that sends them.
    pub provider: String,
    /// Where to.
    pub url: String,
    /// The topics that workflows listen to.
    pub topics: Vec<PlannedTopic>,
}

/// A topic of a webhook.
#[derive(Debug, Serialize)]
pub struct PlannedTopic {
    /// The provider's name for it.
    pub topic: String,
    /// The event that it becomes.
    pub event: String,
    /// What its payloads have to include.
    pub include: &'static [&'static str],
}

/// What a run of a workflow asks for.
#[derive(Debug, Serialize)]
pub struct PlannedWorkflow {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Part by part.
    pub parts: Vec<Part>,
    /// In all.
    pub requests: Requests,
}

/// What a month costs in which nothing happens, in dollars.
#[derive(Debug, Serialize)]
pub struct PlannedIdle {
    /// With the functions of the project alone, which `--template` writes.
    pub project: Idle,
    /// With all functions there are.
    pub everything: Idle,
}

/// An event with all workflows that it starts.
#[derive(Debug, Serialize)]
pub struct PlannedEvent {
    /// Such as `order.placed`.
    pub event: String,
    /// The connection it comes from.
    pub from: Option<ConnectionName>,
    /// The workflows that it starts.
    pub workflows: Vec<WorkflowId>,
    /// What it asks for, all runs together.
    pub requests: Requests,
    /// What a thousand of them cost, in dollars.
    pub per_thousand: Cost,
    /// All of it.
    pub per_thousand_total: f64,
    /// So many come at once.
    pub burst: u64,
    /// What they ask of each connection, the slowest first.
    pub drains: Vec<Drain>,
    /// Minutes until the last step is done.
    pub minutes: f64,
}
