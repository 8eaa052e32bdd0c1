//! The encrypted file of secrets, `secrets.json`, and its key, `secrets.key`.

use super::content::{Content, VERSION};
use super::error::Error;
use super::opened::{Opened, Stamps};
use super::seal::Sealer;
use crate::private::{self, SECRETS_FILE, SECRETS_KEY, SECRETS_LOCK};
use secrecy::ExposeSecret;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tradewind_engine::ports::{Clock, SecretText};
use tradewind_system::SystemClock;

/// More than any key or certificate needs.
pub(crate) const VALUE_BYTES_MAX: usize = 64 * 1024;
/// Far more than all secrets of a shop.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The secrets kept in a data directory.
pub struct SecretsFile {
    folder: PathBuf,
    clock: Box<dyn Clock>,
    // What was read last, for as long as the files stay what they were.
    opened: Mutex<Option<Opened>>,
}

impl SecretsFile {
    /// Those of this data directory, which need not be there yet.
    pub fn in_folder(data_dir: &Path) -> Self {
        let (folder, clock) = (data_dir.to_owned(), Box::new(SystemClock));
        Self { folder, clock, opened: Mutex::default() }
    }

    /// The names of all secrets, in order.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        Ok(self.content()?.secrets.into_keys().collect())
    }

    /// The secret of that name.
    pub fn read(&self, name: &str) -> Result<Option<SecretText>, Error> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let (path, key_path) = (self.path(), self.key_path());
        let stamps = Stamps::of(&path, &key_path, self.clock.now());
        if !opened.as_ref().is_some_and(|opened| opened.is_as(stamps)) {
            *opened = None;
            let content = self.content()?;
            if !content.secrets.contains_key(name) {
                return Ok(None);
            }
            *opened = Some(Opened { stamps, content, sealer: Sealer::load(&key_path)? });
        }
        let Some(Opened { content, sealer, .. }) = &*opened else { return Ok(None) };
        let Some(sealed) = content.secrets.get(name) else { return Ok(None) };
        match sealer.open(name, sealed) {
            Some(value) => Ok(Some(value)),
            None => Err(Error::Sealed { name: name.to_owned(), path }),
        }
    }

    /// An error where others could read the key of the secrets that are kept.
    pub(super) fn check_key(&self) -> Result<(), Error> {
        // What else is wrong with the files is told where a secret is asked for.
        let is_used = self.content().is_ok_and(|content| !content.secrets.is_empty());
        match Sealer::load(&self.key_path()) {
            Err(error @ Error::KeyOpen(_)) if is_used => Err(error),
            _ => Ok(()),
        }
    }

    /// Keeps the secret, in place of an earlier one of that name.
    pub fn set(&self, name: &str, value: &SecretText) -> Result<(), Error> {
        match value.expose_secret().len() {
            _ if !super::is_name(name) => return Err(Error::Name(name.to_owned())),
            0 => return Err(Error::Empty),
            bytes if bytes > VALUE_BYTES_MAX => return Err(Error::TooLong),
            _ => {}
        }
        let _lock = self.lock()?;
        let found = self.find_content()?;
        let sealer = match &found {
            // A key that stands there without any secret may be one that somebody else knows.
            None => Sealer::create(&self.key_path())?,
            Some(content) if content.secrets.is_empty() => {
                Sealer::load_or_create(&self.key_path())?
            }
            // A new key would leave all other secrets closed for good.
            Some(_) => Sealer::load(&self.key_path())?,
        };
        let mut content = found.unwrap_or_default();
        let sealed = sealer.seal(name, value);
        let sealed = sealed.map_err(|source| Error::file(self.path(), source))?;
        content.secrets.insert(name.to_owned(), sealed);
        self.write(&content)
    }

    /// Forgets the secret; false when it was not there.
    pub fn remove(&self, name: &str) -> Result<bool, Error> {
        if !self.content()?.secrets.contains_key(name) {
            return Ok(false);
        }
        let _lock = self.lock()?;
        let mut content = self.content()?;
        let removed = content.secrets.remove(name).is_some();
        self.write(&content)?;
        Ok(removed)
    }

    fn path(&self) -> PathBuf {
        self.folder.join(SECRETS_FILE)
    }

    fn key_path(&self) -> PathBuf {
        self.folder.join(SECRETS_KEY)
    }

    fn content(&self) -> Result<Content, Error> {
        Ok(self.find_content()?.unwrap_or_default())
    }

    fn find_content(&self) -> Result<Option<Content>, Error> {
        let path = self.path();
        let json = match private::read(&path, FILE_BYTES_MAX) {
            Ok(Some(json)) => json,
            Ok(None) => return Ok(None),
            Err(source) => return Err(Error::file(path, source)),
        };
        match serde_json::from_slice::<Content>(&json) {
            Ok(content) if content.v == VERSION => Ok(Some(content)),
            Ok(_) => Err(Error::Newer(path)),
            Err(error) => Err(Error::Corrupt { path, detail: error.to_string() }),
        }
    }

    fn write(&self, content: &Content) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(content).expect("the content has texts as keys");
        private::replace(&self.path(), &text).map_err(|source| Error::file(self.path(), source))
    }

    /// Two commands at the same time must not lose a secret of one another.
    fn lock(&self) -> Result<File, Error> {
        let path = self.folder.join(SECRETS_LOCK);
        private::create_folder(&self.folder)
            .and_then(|()| private::open_or_create(&path))
            .and_then(|file| file.lock().map(|()| file))
            .map_err(|source| Error::file(path, source))
    }
}

#[cfg(test)]
mod tests;
