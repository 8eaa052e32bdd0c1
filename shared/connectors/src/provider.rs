//! What is known of a provider, as data.

use crate::deliveries::TriggerEndpoint;
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
    /// The published rate limit that we keep below, if there is one.
    pub limit: Option<RateLimit>,
    /// How many calls at the same time a connection stands; `None`: as many as there are workers.
    pub concurrency: Option<u32>,
    /// How its webhooks are received.
    pub trigger: Option<&'static TriggerEndpoint>,
}

/// So many calls in so long a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Calls.
    pub calls: u32,
    /// Within this time.
    pub per: Duration,
}
