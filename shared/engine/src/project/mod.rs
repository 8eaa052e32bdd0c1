//! tradewind.yaml: connections and their settings, alerts, how long history is kept.
//!
//! Invariant: it names secrets, and never holds one that was written as `${{ secret.… }}`.

mod parse;
mod settings;

use crate::ids::{ConnectionName, ProviderId};
use crate::problems::Place;
use std::collections::BTreeMap;

pub use settings::Setting;

/// A project as it is written.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// The connections by name.
    pub connections: BTreeMap<ConnectionName, Connection>,
    /// Where alerts go.
    pub alerts: Option<Alerts>,
    /// The address under which this runtime is reached from outside.
    pub public_url: Option<String>,
    /// The IANA zone of schedules that name none.
    pub timezone: Option<String>,
    /// How long history is kept.
    pub history: History,
}

/// A configured account at a provider.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its name.
    pub name: ConnectionName,
    /// The provider.
    pub provider: ProviderId,
    /// Everything else, in the order it is written.
    pub settings: Vec<(String, Setting)>,
    /// Where each key stands, `provider` too; those within others as `verify.secret`, `webhook_secret.1`.
    pub places: BTreeMap<String, Place>,
    /// Where it stands.
    pub place: Place,
}

/// Where alerts go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alerts {
    /// The connection.
    pub via: ConnectionName,
    /// The receiver, where the connection needs one.
    pub to: Option<String>,
    /// Where the connection is named.
    pub place: Place,
}

/// How long history is kept, counted from the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Days until a run is forgotten: 1 to 400.
    pub keep_days: u32,
    /// Days until its personal data is removed.
    pub redact_after_days: u32,
}

impl Default for History {
    fn default() -> Self {
        Self { keep_days: 90, redact_after_days: 30 }
    }
}

impl Connection {
    /// Where a key stands; the connection's own place for one that is missing.
    pub fn place_of(&self, key: &str) -> Place {
        self.places.get(key).copied().unwrap_or(self.place)
    }

    /// A setting by its name.
    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|(key, _)| key == name).map(|(_, setting)| setting)
    }
}

impl Project {
    /// The provider of each connection.
    pub fn providers(&self) -> BTreeMap<ConnectionName, ProviderId> {
        let connections = self.connections.values();
        connections
            .map(|connection| (connection.name.clone(), connection.provider.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests;
