//! A connection whose settings and secrets are at hand.
//!
//! Invariant: no `Debug`, no `Serialize`: the settings hold secrets in clear text.

use crate::provider::{Provider, RateLimit};
use crate::scrub::{Scrubber, is_ordinary};
use crate::settings::GivenSettings;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use tradewind_engine::effects::ActionError;
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::texts::{cut, visible};
use tradewind_engine::workflows::parse_duration;

/// Of a longer text of others nothing more is looked at.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// A configured account at a provider, resolved for one attempt or one delivery.
#[derive(Clone)]
pub struct Connection {
    /// The name in tradewind.yaml.
    pub name: ConnectionName,
    /// Who it is at.
    pub provider: Arc<Provider>,
    /// Settings with secrets filled in.
    settings: GivenSettings,
    /// The names of secrets in lists that were passed over, because they are not set.
    unset: Vec<String>,
    hidden: Arc<Mutex<Hidden>>,
}

/// What nothing that is kept or shown may repeat.
#[derive(Default)]
struct Hidden {
    texts: BTreeSet<String>,
    /// Finds them; made when it is needed first.
    scrubber: Option<Arc<Scrubber>>,
}

impl Connection {
    /// A connection with settings that are complete.
    pub fn new(
        name: ConnectionName,
        provider: &Arc<Provider>,
        settings: Map<String, Value>,
    ) -> Self {
        let settings = GivenSettings::new(settings);
        let connection = Self {
            name,
            provider: provider.clone(),
            settings,
            unset: Vec::new(),
            hidden: Arc::default(),
        };
        let declared = connection.secret_texts().into_iter().map(str::to_owned);
        let hidden = Hidden { texts: declared.collect(), scrubber: None };
        Self { hidden: Arc::new(Mutex::new(hidden)), ..connection }
    }

    /// The same, where these values came from secrets, whichever settings they stand in.
    pub fn with_secrets(self, texts: impl IntoIterator<Item = String>) -> Self {
        texts.into_iter().for_each(|text| self.hide(&text));
        self
    }

    /// From now on this is one of its secrets: an access token that was given for them, for example.
    pub fn hide(&self, text: &str) {
        let mut hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        if !text.is_empty() && hidden.texts.insert(text.to_owned()) {
            hidden.scrubber = None;
        }
    }

    /// The same, where secrets of these names were passed over in lists because they are not set.
    pub fn with_unset(self, unset: Vec<String>) -> Self {
        Self { unset, ..self }
    }

    /// The names of the secrets that its lists lack.
    pub fn unset(&self) -> &[String] {
        &self.unset
    }

    /// Whether both have the same settings and secrets.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.settings == other.settings
    }

    /// The settings as the provider's own type.
    pub fn settings<Settings: DeserializeOwned>(&self) -> Result<Settings, ActionError> {
        self.settings.typed().map_err(|error| {
            ActionError::needs_repair(format!("setting_invalid: connection {}: {error}", self.name))
        })
    }

    /// The settings, for whoever needs nothing else of it.
    pub fn given(&self) -> &GivenSettings {
        &self.settings
    }

    /// For whom its calls are: the provider, with the hosts that are its own.
    pub fn recipient(&self) -> Recipient {
        self.provider.recipient()
    }

    /// The provider's address: `base_url` where it is set.
    pub fn base_url(&self, standard: &str) -> String {
        let url = self.settings.setting("base_url").and_then(Value::as_str).unwrap_or(standard);
        url.trim_end_matches('/').to_owned()
    }

    /// The limit to keep below: `rate_limit: { calls, per }` where it is set, else the published one.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        let own = self.settings.setting("rate_limit").and_then(|limit| {
            let calls = u32::try_from(limit.get("calls")?.as_u64()?).ok()?;
            let per = parse_duration(limit.get("per")?.as_str()?)?;
            Some(RateLimit { calls, per })
        });
        own.or(self.provider.limit)
    }

    /// The text without the connection's secrets, in whichever form a request carried them: services
    /// like to repeat in their errors what they were sent.
    pub fn without_secrets(&self, text: &str) -> String {
        self.scrubber().reason(text).into_owned()
    }

    /// A step's output without the connection's secrets. The names of the fields that its contract gives it
    /// stay, whatever the secrets are.
    pub fn output_without_secrets(&self, output: Value, fields: &BTreeSet<String>) -> Value {
        self.scrubber().output(output, fields)
    }

    fn scrubber(&self) -> Arc<Scrubber> {
        let mut hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        let Hidden { texts, scrubber } = &mut *hidden;
        let make = || Arc::new(Scrubber::of(texts.iter().map(String::as_str)));
        Arc::clone(scrubber.get_or_insert_with(make))
    }

    /// A text of others as it may be kept and shown: without the connection's secrets, on one line,
    /// and cut.
    pub fn cleared(&self, text: &str, characters_max: usize) -> String {
        let text = self.without_secrets(&text[..text.floor_char_boundary(TEXT_BYTES_MAX)]);
        cut(&visible(&text), characters_max)
    }

    /// Every text in the settings that the provider keeps secret.
    pub(crate) fn secret_texts(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        for name in &self.provider.secrets {
            match self.settings.setting(name) {
                Some(Value::String(text)) => texts.push(text.as_str()),
                Some(Value::Array(several)) => {
                    texts.extend(several.iter().filter_map(Value::as_str))
                }
                _ => {}
            }
        }
        texts
    }
}

/// Whether a secret may turn up in texts that have nothing to do with it, where it is then taken out too: it is
/// short, a word or a small number.
pub fn is_ordinary_text(secret: &str) -> bool {
    is_ordinary(secret)
}

#[cfg(test)]
mod tests;
