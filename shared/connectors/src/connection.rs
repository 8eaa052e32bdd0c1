//! A connection whose settings and secrets are at hand.
//!
//! Invariant: no `Debug`, no `Serialize`: the settings hold secrets in clear text.

use crate::provider::{Provider, RateLimit};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tradewind_engine::effects::ActionError;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::workflows::parse_duration;

/// A configured account at a provider, resolved for one attempt or one delivery.
#[derive(Clone)]
pub struct Connection {
    /// The name in tradewind.yaml.
    pub name: ConnectionName,
    /// Who it is at.
    pub provider: &'static Provider,
    /// Settings with secrets filled in.
    settings: Map<String, Value>,
}

impl Connection {
    /// A connection with settings that are complete.
    pub fn new(
        name: ConnectionName,
        provider: &'static Provider,
        settings: Map<String, Value>,
    ) -> Self {
        Self { name, provider, settings }
    }

    /// The settings as the provider's own type.
    pub fn settings<Settings: DeserializeOwned>(&self) -> Result<Settings, ActionError> {
        serde_json::from_value(Value::Object(self.settings.clone())).map_err(|error| {
            ActionError::needs_repair(format!("setting_invalid: connection {}: {error}", self.name))
        })
    }

    /// The provider's address: `base_url` where it is set.
    pub fn base_url(&self, standard: &str) -> String {
        let url = self.settings.get("base_url").and_then(Value::as_str).unwrap_or(standard);
        url.trim_end_matches('/').to_owned()
    }

    /// The limit to keep below: `rate_limit: { calls, per }` where it is set, else the published one.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        let own = self.settings.get("rate_limit").and_then(|limit| {
            let calls = u32::try_from(limit.get("calls")?.as_u64()?).ok()?;
            let per = parse_duration(limit.get("per")?.as_str()?)?;
            Some(RateLimit { calls, per })
        });
        own.or(self.provider.limit)
    }

    /// Every secret text in the settings, for keeping them out of what is written.
    pub fn secret_texts(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        for name in self.provider.secrets {
            match self.setting(name) {
                Some(Value::String(text)) => texts.push(text.as_str()),
                Some(Value::Array(several)) => {
                    texts.extend(several.iter().filter_map(Value::as_str))
                }
                _ => {}
            }
        }
        texts
    }

    /// The setting of that name; a dot leads into a nested one, as in `verify.secret`.
    fn setting(&self, name: &str) -> Option<&Value> {
        let mut names = name.split('.');
        let first = self.settings.get(names.next()?)?;
        names.try_fold(first, |setting, name| setting.get(name))
    }
}
