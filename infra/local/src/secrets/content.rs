//! What the file of secrets holds.

use super::seal::Sealed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the file's form.
pub(super) const VERSION: u32 = 1;

/// All secrets, sealed, by name.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Content {
    pub(super) v: u32,
    pub(super) secrets: BTreeMap<String, Sealed>,
}

impl Default for Content {
    fn default() -> Self {
        Self { v: VERSION, secrets: BTreeMap::new() }
    }
}
