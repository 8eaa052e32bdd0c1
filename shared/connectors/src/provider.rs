//! What is known of a provider, as data.

use crate::deliveries::endpoint::Endpoint;
use serde_json::Value;
use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tradewind_engine::hosts::Recipient;

/// A service we talk to.
#[derive(Clone)]
pub struct Provider {
    /// The word in `provider:`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// The vendor's page that this was written from.
    pub documentation: String,
    /// JSON Schema of its settings, made when it is asked for.
    pub settings: SettingsSchema,
    /// Which of the settings are secret; a dot leads into a nested one, as in `verify.secret`.
    pub secrets: Vec<String>,
    /// Its own hosts, the only ones that its calls may go to unless the operator allows another: a name, in which
    /// `*` stands for any one label as in `*.acme.com`. `{name}` tells of the host that the setting of that name
    /// holds, which the operator has to allow.
    pub hosts: Vec<String>,
    /// Where its calls go, and which secrets with them.
    pub addresses: Vec<Address>,
    /// The published rate limit that we keep below, if there is one.
    pub limit: Option<RateLimit>,
    /// How many calls at the same time a connection stands; `None`: as many as there are workers.
    pub concurrency: Option<u32>,
    /// Whether a file of the project describes it, and no part of Tradewind.
    pub is_own: bool,
    /// How its webhooks are received.
    pub trigger: Option<Arc<dyn Endpoint>>,
}

/// Makes the JSON Schema of a provider's settings.
pub type SettingsSchema = Arc<dyn Fn() -> Value + Send + Sync>;

/// A provider that is written in Rust, made when it is needed first.
pub type BuiltIn = LazyLock<Arc<Provider>>;

/// Where some of a provider's calls go.
#[derive(Clone, Debug)]
pub struct Address {
    /// The host where no setting says another; `{name}` stands for the setting of that name.
    pub host: Option<String>,
    /// The settings that put another address in its place, the first that is set. A dot leads into a
    /// nested one.
    pub settings: Vec<String>,
    /// The settings whose secrets go there, as they are or in what is made of them.
    pub secrets: Vec<String>,
}

impl Provider {
    /// A provider of which nothing but its names is known: the rest of one that names what is its own.
    pub fn plain(id: &str, title: &str, documentation: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            documentation: documentation.to_owned(),
            settings: Arc::new(|| serde_json::json!({ "type": "object" })),
            secrets: Vec::new(),
            hosts: Vec::new(),
            addresses: Vec::new(),
            limit: None,
            concurrency: None,
            is_own: false,
            trigger: None,
        }
    }

    /// For whom its calls are: the provider, with the hosts that are its own. One that a setting names is not: who
    /// writes a project could send any secret there.
    pub fn recipient(&self) -> Recipient {
        let own = self.hosts.iter().filter(|host| !host.starts_with('{'));
        Recipient::new(&self.id, &own.collect::<Vec<_>>())
    }
}

impl Address {
    /// An address whose host is `host`, unless one of `settings` says another, and to which these secrets go.
    pub fn new(host: Option<&str>, settings: &[&str], secrets: &[&str]) -> Self {
        Self { host: host.map(str::to_owned), settings: owned(settings), secrets: owned(secrets) }
    }
}

/// The texts as the fields of a provider hold them.
pub(crate) fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().copied().map(str::to_owned).collect()
}

/// So many calls in so long a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Calls.
    pub calls: u32,
    /// Within this time.
    pub per: Duration,
}

impl RateLimit {
    /// The limit of attempts that make so many calls each: their calls keep below it.
    #[must_use]
    pub fn of_attempts(self, calls: NonZeroU32) -> Self {
        match self.calls / calls {
            0 => Self { calls: 1, per: self.per * calls.get() / self.calls.max(1) },
            attempts => Self { calls: attempts, ..self },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RateLimit;
    use std::num::NonZeroU32;
    use std::time::Duration;

    #[test]
    fn attempts_of_several_calls_keep_below_the_limit_of_calls() {
        let of = |calls, seconds, each| {
            let limit = RateLimit { calls, per: Duration::from_secs(seconds) };
            let limit = limit.of_attempts(NonZeroU32::new(each).unwrap());
            (limit.calls, limit.per.as_secs())
        };
        assert_eq!(of(90, 10, 1), (90, 10));
        assert_eq!(of(90, 10, 2), (45, 10));
        assert_eq!(of(5, 1, 2), (2, 1), "and never one more");
        assert_eq!(of(1, 1, 2), (1, 2), "one attempt takes as long as two calls");
        assert_eq!(of(2, 3, 3), (1, 4), "three calls at two in three seconds");
    }
}
