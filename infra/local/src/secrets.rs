//! Secrets of the local process: from the environment, else from an encrypted file beside the data.
//!
//! Invariant: what `tradewind secret set` writes holds for the next step, because the file that was read last
//! counts only while it is still the same one. In memory it stays sealed, beside its key. No value is ever
//! shown or logged.

mod content;
mod error;
mod file;
mod opened;
mod seal;

pub use error::Error;
pub use file::SecretsFile;
pub(crate) use file::VALUE_BYTES_MAX;

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::path::Path;
use tradewind_engine::causes::chain;
use tradewind_engine::ids::ProviderId;
use tradewind_engine::ports::{SecretText, Secrets, Unavailable};

/// What the environment calls a secret: this and its name in capitals.
pub const VARIABLE_PREFIX: &str = "TRADEWIND_SECRET_";

/// The longest name of a secret.
const NAME_CHARACTERS_MAX: usize = 100;

/// The secrets of one data directory, and of the environment that the process was started in.
pub struct LocalSecrets {
    environment: BTreeMap<String, SecretText>,
    file: SecretsFile,
}

impl LocalSecrets {
    /// Of all `environment`, only the variables that begin with [`VARIABLE_PREFIX`] are kept.
    pub fn new(data_dir: &Path, environment: &BTreeMap<String, String>) -> Self {
        let ours = environment.iter().filter(|(name, _)| name.starts_with(VARIABLE_PREFIX));
        Self {
            environment: ours
                .map(|(name, value)| (name.clone(), SecretText::from(value.clone())))
                .collect(),
            file: SecretsFile::in_folder(data_dir),
        }
    }

    /// An error where secrets are kept under a key that others could read: better no start than one whose
    /// every step fails.
    pub fn check_key(&self) -> Result<(), Error> {
        self.file.check_key()
    }

    /// The environment wins over the file.
    pub fn find(&self, name: &str) -> Result<Option<SecretText>, Error> {
        match self.environment.get(&variable(name)) {
            Some(value) => Ok(Some(value.clone())),
            None => self.file.read(name),
        }
    }
}

#[async_trait]
impl Secrets for LocalSecrets {
    async fn read(
        &self,
        _provider: &ProviderId,
        name: &str,
        _fresh: bool,
    ) -> Result<Option<SecretText>, Unavailable> {
        // Two small files, and mostly only a look at them: less work than handing it to another thread.
        self.find(name).map_err(|error| Unavailable::new("the file of secrets", chain(&error)))
    }
}

/// The environment variable that a secret is read from.
pub fn variable(name: &str) -> String {
    format!("{VARIABLE_PREFIX}{}", name.to_uppercase())
}

/// Whether tradewind.yaml could name such a secret.
pub fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.len() <= NAME_CHARACTERS_MAX && name.chars().all(fits)
}
