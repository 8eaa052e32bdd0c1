//! The project: its files on the way in, what holds on the way out.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tradewind_engine::ids::WorkflowId;
use tradewind_platform::apply;
use utoipa::ToSchema;

/// The files of a project folder, and the environment of whoever applies it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectFiles {
    /// The text of tradewind.yaml.
    pub project: String,
    /// The texts of the workflows, by their path below `workflows/` without `.yaml`.
    pub workflows: BTreeMap<String, String>,
    /// The values of the `${{ env.… }}` that tradewind.yaml names.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// What holds now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Project {
    /// Raised by every change; also in the header `ETag`.
    pub revision: u64,
    /// The connections by name.
    pub connections: BTreeMap<String, Connection>,
    /// Where failures are told.
    pub alerts: Option<Alerts>,
    /// The address under which the outside reaches this runtime.
    pub public_url: Option<String>,
    /// How long runs and events are kept, in days.
    pub keep_days: u32,
    /// How long after a run's end its data is kept, in days.
    pub redact_after_days: u32,
}

/// A configured account at a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Connection {
    /// The provider.
    pub provider: String,
    /// The settings. A secret stands as `{"$secret": "name"}`; where a secret setting was filled
    /// from the environment, it stands as `{"$hidden": true}`.
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
}

/// Where failures are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Alerts {
    /// The connection that posts or mails them.
    pub via: String,
    /// The receiver, where the connection sends mail.
    pub to: Option<String>,
}

/// What applying did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Applied {
    /// The revision that holds now.
    pub revision: u64,
    /// Workflows that are new or were changed.
    pub changed: Vec<AppliedWorkflow>,
    /// Workflows that are as they were.
    pub unchanged: Vec<String>,
    /// Workflows whose file is gone.
    pub removed: Vec<String>,
}

/// A workflow that is new or was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AppliedWorkflow {
    /// Its id.
    pub id: String,
    /// The version that new runs start with.
    pub version: u32,
}

impl From<ProjectFiles> for apply::ProjectFiles {
    fn from(files: ProjectFiles) -> Self {
        let workflows = files.workflows.into_iter();
        Self {
            project: files.project,
            workflows: workflows.map(|(id, source)| (WorkflowId(id), source)).collect(),
            env: files.env,
        }
    }
}

impl From<apply::Applied> for Applied {
    fn from(applied: apply::Applied) -> Self {
        let changed = applied.changed.into_iter();
        Self {
            revision: applied.revision,
            changed: changed.map(|(id, version)| AppliedWorkflow { id: id.0, version }).collect(),
            unchanged: applied.unchanged.into_iter().map(|id| id.0).collect(),
            removed: applied.removed.into_iter().map(|id| id.0).collect(),
        }
    }
}
