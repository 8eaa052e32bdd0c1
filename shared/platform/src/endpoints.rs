//! The trigger endpoints there are: which connections take webhooks, and whether they are ready.

use crate::connections::connect_to_receive;
use serde::Serialize;
use tradewind_connectors::catalog::Catalog;
use tradewind_connectors::connection::Connection;
use tradewind_connectors::deliveries::{self, not_ready, secret_faults};
use tradewind_engine::definitions::Current;
use tradewind_engine::ids::{ConnectionName, ProviderId};
use tradewind_engine::ports::Secrets;

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
    /// What a person should see to although deliveries are taken, such as one of two secrets that is
    /// not set.
    pub warnings: Vec<String>,
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
        let Some(trigger) = provider.trigger.as_deref() else { continue };
        let connected = connect_to_receive(name, stored, provider, secrets, false).await;
        let (not_ready, warnings) = match connected {
            Err(unusable) => (Some(unusable.to_string()), Vec::new()),
            Ok(connection) => match not_ready(trigger, &connection) {
                Some(reason) => (Some(format!("connection {name}: {reason}")), Vec::new()),
                None => (None, warnings(trigger, &connection)),
            },
        };
        endpoints.push(Endpoint {
            connection: name.clone(),
            provider: stored.provider.clone(),
            path: format!("/hooks/{}/{name}", stored.provider),
            not_ready,
            warnings,
        });
    }
    endpoints
}

/// What is wrong with secrets of a connection that are passed over.
fn warnings(trigger: &dyn deliveries::Endpoint, connection: &Connection) -> Vec<String> {
    let unset = connection.unset().iter().map(|name| unset_secret(name));
    unset.chain(secret_faults(trigger, connection).into_iter().map(str::to_owned)).collect()
}

/// That a secret of a list is not set, and what to do.
pub fn unset_secret(name: &str) -> String {
    format!(
        "the secret {name} is not set and passed over: `tradewind secret set {name}`, or take it out \
         of the list in tradewind.yaml"
    )
}
