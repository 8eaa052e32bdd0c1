//! The project: its files on the way in, what holds on the way out.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tradewind_engine::ids::{ProviderId, WorkflowId};
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
    /// The texts of the files that describe providers of the project's own, by their names below `providers/`
    /// without `.yaml`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub providers: BTreeMap<String, String>,
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
    /// Every host that receives a secret.
    #[serde(default)]
    pub hosts: Vec<SecretHost>,
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
    /// Every host that will receive a secret, and those that will not any more.
    #[serde(default)]
    pub hosts: Vec<SecretHost>,
}

/// A host that receives secrets of a connection, as they are or in what is made of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecretHost {
    /// The connection.
    pub connection: String,
    /// The provider.
    pub provider: String,
    /// The host, with its port where that is not 443.
    pub host: String,
    /// The secrets by their names.
    pub secrets: Vec<String>,
    /// Whether the host is the provider's own, and not only allowed by the operator.
    pub is_own: bool,
    /// Whether the address stands in a secret: it may be this host or another one with this mark.
    pub in_secret: bool,
    /// What is different from what was applied before.
    pub change: HostChange,
}

/// What is different from what was applied before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostChange {
    /// It received nothing of this connection.
    New,
    /// It received other secrets.
    OtherSecrets,
    /// Nothing.
    Same,
    /// It will receive nothing any more.
    Gone,
    /// It is not known what was applied before.
    Unknown,
}

impl From<apply::SecretHost> for SecretHost {
    fn from(host: apply::SecretHost) -> Self {
        Self {
            connection: host.connection.0,
            provider: host.provider.0,
            host: host.host,
            secrets: host.secrets,
            is_own: host.is_own,
            in_secret: host.in_secret,
            change: host.change.into(),
        }
    }
}

impl From<apply::HostChange> for HostChange {
    fn from(change: apply::HostChange) -> Self {
        match change {
            apply::HostChange::New => Self::New,
            apply::HostChange::OtherSecrets => Self::OtherSecrets,
            apply::HostChange::Same => Self::Same,
            apply::HostChange::Gone => Self::Gone,
            apply::HostChange::Unknown => Self::Unknown,
        }
    }
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
        let (workflows, providers) = (files.workflows.into_iter(), files.providers.into_iter());
        Self {
            project: files.project,
            workflows: workflows.map(|(id, source)| (WorkflowId(id), source)).collect(),
            providers: providers.map(|(id, source)| (ProviderId(id), source)).collect(),
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
            hosts: applied.hosts.into_iter().map(Into::into).collect(),
        }
    }
}
