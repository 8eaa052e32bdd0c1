//! What is known of a provider, as data.

use crate::deliveries::endpoint::TriggerEndpoint;
use serde_json::Value;
use std::time::Duration;

/// A service we talk to.
pub struct Provider {
    /// The word in `provider:`.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The vendor's page that this was written from.
    pub documentation: &'static str,
    /// JSON Schema of its settings.
    pub settings: fn() -> Value,
    /// Which of the settings are secret; a dot leads into a nested one, as in `verify.secret`.
    pub secrets: &'static [&'static str],
    /// Its own hosts, the only ones that its calls may go to unless the operator allows another: a name,
    /// or `*.` and a domain for each name that has one label more, `*.*.` for two more.
    pub hosts: &'static [&'static str],
    /// Where its calls go, and which secrets with them.
    pub addresses: &'static [Address],
    /// The published rate limit that we keep below, if there is one.
    pub limit: Option<RateLimit>,
    /// How many calls at the same time a connection stands; `None`: as many as there are workers.
    pub concurrency: Option<u32>,
    /// How its webhooks are received.
    pub trigger: Option<&'static TriggerEndpoint>,
}

/// Where some of a provider's calls go.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    /// The host where no setting says another; `{name}` stands for the setting of that name.
    pub host: Option<&'static str>,
    /// The settings that put another address in its place, the first that is set. A dot leads into a
    /// nested one.
    pub settings: &'static [&'static str],
    /// The settings whose secrets go there, as they are or in what is made of them.
    pub secrets: &'static [&'static str],
}

/// So many calls in so long a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Calls.
    pub calls: u32,
    /// Within this time.
    pub per: Duration,
}
