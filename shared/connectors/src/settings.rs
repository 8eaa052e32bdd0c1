//! What a connection was given: its settings, with secrets filled in.
//!
//! Invariant: no `Debug`, no `Serialize`: they hold secrets in clear text.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The settings of a connection.
#[derive(Clone, PartialEq)]
pub struct GivenSettings(Map<String, Value>);

impl GivenSettings {
    /// Settings that are complete.
    pub fn new(settings: Map<String, Value>) -> Self {
        Self(settings)
    }

    /// The settings as the provider's own type.
    pub fn typed<Settings: DeserializeOwned>(&self) -> Result<Settings, serde_json::Error> {
        serde_json::from_value(Value::Object(self.0.clone()))
    }

    /// The setting of that name; a dot leads into a nested one, as in `verify.secret`.
    pub fn setting(&self, name: &str) -> Option<&Value> {
        let mut names = name.split('.');
        let first = self.0.get(names.next()?)?;
        names.try_fold(first, |setting, name| setting.get(name))
    }
}
