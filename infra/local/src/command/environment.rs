//! The environment that the command was started in, read once in `main`.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// All environment variables that are texts. There is no `Debug`: some of them are secrets.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// What is not a text cannot be named by a project, and is passed over.
    pub fn new(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let text = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(variables.filter_map(text).collect())
    }

    /// The variable, where it is set to something.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All of them.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}
