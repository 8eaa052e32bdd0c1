//! What is known of a provider, as data.

use crate::deliveries::endpoint::TriggerEndpoint;
use serde_json::Value;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tradewind_engine::hosts::{Recipient, web_address};

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
    /// Its own hosts, the only ones that its calls may go to unless the operator allows another: a name,
    /// in which `*` stands for any one label as in `*.acme.com`, or `{name}` for the host that the setting of
    /// that name is, or that the address in it leads to.
    pub hosts: Vec<String>,
    /// Where its calls go, and which secrets with them.
    pub addresses: Vec<Address>,
    /// The published rate limit that we keep below, if there is one.
    pub limit: Option<RateLimit>,
    /// How many calls at the same time a connection stands; `None`: as many as there are workers.
    pub concurrency: Option<u32>,
    /// How its webhooks are received.
    pub trigger: Option<&'static TriggerEndpoint>,
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
            trigger: None,
        }
    }

    /// For whom the calls of a connection are: the provider, with the hosts that are its own. `setting` gives the
    /// text of the connection's setting of that name.
    pub fn recipient<'a>(&'a self, setting: impl Fn(&str) -> Option<&'a str>) -> Recipient {
        let hosts = self.hosts.iter().filter_map(|host| {
            match host.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => host_in(setting(name)?),
                None => Some(host.clone()),
            }
        });
        Recipient::new(&self.id, &hosts.collect::<Vec<_>>())
    }
}

/// The host that a setting is, or that the address in it leads to. A `*` would be any.
fn host_in(setting: &str) -> Option<String> {
    let host = match setting.contains("://") {
        true => web_address(setting).ok()?.host_str()?.to_owned(),
        false => setting.to_owned(),
    };
    (!host.contains('*')).then_some(host)
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
