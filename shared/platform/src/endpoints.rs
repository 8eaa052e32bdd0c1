//! The trigger endpoints there are: which connections take webhooks, and whether they are ready.

use crate::connections::{Unusable, connect};
use serde::Serialize;
use tradewind_connectors::catalog::Catalog;
use tradewind_engine::ids::{ConnectionName, ProviderId};
use tradewind_engine::ports::{Current, Secrets};

/// A place where webhooks come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// The connection.
    pub connection: ConnectionName,
    /// Its provider.
    pub provider: ProviderId,
    /// The path below the public address.
    pub path: String,
    /// What is missing; nothing when it is ready. Outside, an endpoint that is not ready looks as if
    /// it did not exist.
    pub not_ready: Option<String>,
}

/// All endpoints of the project.
pub async fn endpoints(
    current: &Current,
    catalog: &Catalog,
    secrets: &dyn Secrets,
) -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    let Some(project) = &current.project else { return endpoints };
    for (name, stored) in &project.connections {
        let Some(provider) = catalog.provider(stored.provider.as_str()) else { continue };
        if provider.trigger.is_none() {
            continue;
        }
        let connected = connect(name, stored, provider, secrets, false).await;
        endpoints.push(Endpoint {
            connection: name.clone(),
            provider: stored.provider.clone(),
            path: format!("/hooks/{}/{name}", stored.provider),
            not_ready: connected.err().map(|unusable: Unusable| unusable.to_string()),
        });
    }
    endpoints
}
