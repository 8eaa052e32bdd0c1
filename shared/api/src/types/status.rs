//! How the whole stands.

use serde::{Deserialize, Serialize};
use tradewind_engine::backlog::QueueStanding;
use tradewind_engine::time::Timestamp;
use utoipa::ToSchema;

/// How the whole stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// When this was looked at.
    pub at: Timestamp,
    /// The version of Tradewind.
    pub version: String,
    /// The revision of what is applied; raised by every change.
    pub revision: u64,
    /// Whether a project was ever applied.
    pub applied: bool,
    /// How many workflows there are.
    pub workflows: WorkflowCounts,
    /// The actions and the providers of webhooks that there are functions for; null where all of the
    /// catalog is served.
    #[serde(default)]
    pub functions: Option<ServedFunctions>,
    /// The queues that something lies in, by name.
    #[serde(default)]
    pub queues: Vec<QueueStatus>,
    /// The connections, by name.
    #[serde(default)]
    pub connections: Vec<ConnectionStatus>,
    /// The workflows that go by the clock, the next one first.
    #[serde(default)]
    pub schedules: Vec<ScheduleStatus>,
    /// Where deliveries were refused in the last hour, the most first.
    #[serde(default)]
    pub refusals: Vec<EndpointRefusals>,
}

/// How many workflows there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkflowCounts {
    /// All of them.
    pub total: usize,
    /// Those that take events.
    pub enabled: usize,
    /// Those whose runs stand still.
    pub paused: usize,
}

/// What a stage has functions for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServedFunctions {
    /// The actions.
    pub actions: Vec<String>,
    /// The providers whose webhooks are taken.
    pub triggers: Vec<String>,
}

/// How a queue stands. On AWS the numbers are nearly right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueueStatus {
    /// What it belongs to: an action such as `email.send`, or `dispatch`.
    pub queue: String,
    /// Messages that wait for a worker.
    pub waiting: u64,
    /// Messages that a worker has, or that are hidden until they are tried again.
    pub in_flight: u64,
    /// Messages whose time has not come.
    pub delayed: u64,
    /// Since when the oldest that waits has been waiting; null where none waits, and on AWS, where SQS tells
    /// no age.
    pub oldest: Option<Timestamp>,
    /// Dead letters.
    pub letters: u64,
    /// When the oldest of them was given up on.
    pub oldest_letter: Option<Timestamp>,
}

/// How a connection stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConnectionStatus {
    /// The connection.
    pub connection: String,
    /// Its provider.
    pub provider: String,
    /// Whether calls are kept away from it now: its provider does not answer, or asked for quiet. Null
    /// where nobody could tell.
    pub held_back: Option<bool>,
}

/// How a workflow stands that goes by the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleStatus {
    /// The workflow.
    pub workflow: String,
    /// When it is due next; null where it is disabled.
    pub next_at: Option<Timestamp>,
}

/// Deliveries that one endpoint refused in the last hour, as far as they were kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EndpointRefusals {
    /// The provider; `api` for those who were not let in to the API, empty for paths that are none.
    pub provider: String,
    /// The connection; empty where the path names none.
    pub connection: String,
    /// How many.
    pub count: u64,
    /// When the newest was.
    pub last: Timestamp,
    /// Why that one was refused, as a stable word.
    pub code: String,
}

impl From<QueueStanding> for QueueStatus {
    fn from(standing: QueueStanding) -> Self {
        let QueueStanding { queue, waiting, in_flight, delayed, oldest, letters, oldest_letter } =
            standing;
        Self { queue, waiting, in_flight, delayed, oldest, letters, oldest_letter }
    }
}
