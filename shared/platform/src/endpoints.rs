//! The trigger endpoints there are: which connections take webhooks, and whether they are ready.

use crate::connections::connect_to_receive;
use serde::Serialize;
use tradewind_connectors::catalog::Catalog;
use tradewind_connectors::deliveries::is_ready;
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
        let Some(trigger) = provider.trigger else { continue };
        let connected = connect_to_receive(name, stored, provider, secrets, false).await;
        let not_ready = match connected {
            Err(unusable) => Some(unusable.to_string()),
            Ok(connection) if is_ready(trigger, &connection) => None,
            Ok(_) => Some(format!("connection {name} has no usable secret for webhooks")),
        };
        endpoints.push(Endpoint {
            connection: name.clone(),
            provider: stored.provider.clone(),
            path: format!("/hooks/{}/{name}", stored.provider),
            not_ready,
        });
    }
    endpoints
}
