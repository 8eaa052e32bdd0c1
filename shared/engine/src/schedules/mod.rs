//! When scheduled workflows are due.
//!
//! Invariant: what is due follows from the schedule alone, not from who asks, when, or what ran before. So a
//! restart or an apply moves no due time, and the same due time always has the same id.

mod cron;
mod parse;
#[cfg(test)]
mod tests;
mod times;

pub use cron::Cron;
pub use parse::CronFault;
pub use times::{no_zone, zone};

use crate::digests::hex;
use crate::ids::{EventId, WorkflowId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The event of a due time.
pub const SCHEDULE_FIRED: &str = "schedule.fired";
/// The zone of a schedule for which neither it nor the project names one.
pub const ZONE_DEFAULT: &str = "UTC";

/// The schedule of a workflow, as it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// When it is due.
    pub times: Times,
    /// The IANA zone that the times of day are in.
    pub tz: String,
    /// What is due after then is done: the workflow was added, enabled or given this schedule then.
    pub since: Timestamp,
}

/// When a schedule is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// At these times of these days.
    Cron(Cron),
    /// At each multiple of so many seconds since 1970, whatever the zone.
    Every(u32),
}

/// What the event of a due time tells: it is for one workflow alone.
pub fn fired_data(workflow: &WorkflowId, due: Timestamp) -> Map<String, Value> {
    let told = json!({ "workflow": workflow, "due_at": due });
    Map::from_iter([("schedule".to_owned(), told)])
}

/// The workflow that the event of a due time is for.
pub fn workflow_of(data: &Map<String, Value>) -> Option<&str> {
    data.get("schedule")?.get("workflow")?.as_str()
}

/// The id of the event of a due time: published twice, it is one event and one run.
pub fn fired_id(workflow: &WorkflowId, due: Timestamp) -> EventId {
    use ring::digest::{SHA256, digest};
    let name = format!("{SCHEDULE_FIRED} {} {workflow}", due.as_second());
    EventId(format!("evt_{}", hex(&digest(&SHA256, name.as_bytes()).as_ref()[..12])))
}
