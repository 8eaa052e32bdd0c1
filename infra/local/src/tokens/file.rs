//! The file of named tokens, `tokens.json`, which holds their digests alone.

use super::Error;
use super::own;
use crate::private::{self, TOKEN_FILE, TOKENS_FILE, TOKENS_LOCK};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use tradewind_api::access::{Grant, StoredGrants, TokenName, new_token};
use tradewind_engine::ports::SecretText;
use tradewind_engine::stored::{StoredForm as _, read_stored};

/// Thousands of tokens.
const BYTES_MAX: u64 = 1024 * 1024;
/// Whoever may write here could let anybody in.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// The named tokens of a data directory.
pub struct TokensFile {
    folder: PathBuf,
}

impl TokensFile {
    /// Those of this data directory, which need not be there yet.
    pub fn in_folder(data_dir: &Path) -> Self {
        Self { folder: data_dir.to_owned() }
    }

    /// All of them.
    pub fn list(&self) -> Result<Vec<Grant>, Error> {
        Ok(self.content()?.tokens)
    }

    /// Adds one under a name that is free.
    pub fn add(&self, grant: Grant) -> Result<(), Error> {
        let _lock = self.lock()?;
        let mut content = self.content()?;
        if content.tokens.iter().any(|other| other.name == grant.name) {
            return Err(Error::Exists(grant.name));
        }
        content.tokens.push(grant);
        self.write(&content)
    }

    /// Removes the one of that name; false when there is none.
    pub fn remove(&self, name: &TokenName) -> Result<bool, Error> {
        if !self.content()?.tokens.iter().any(|grant| grant.name == *name) {
            return Ok(false);
        }
        let _lock = self.lock()?;
        let mut content = self.content()?;
        let count = content.tokens.len();
        content.tokens.retain(|grant| grant.name != *name);
        self.write(&content)?;
        Ok(content.tokens.len() < count)
    }

    /// Puts another token in the place of the one that the process made by itself.
    pub fn renew_own(&self) -> Result<(), Error> {
        let path = self.folder.join(TOKEN_FILE);
        if !path.exists() {
            return Err(Error::NeverServed);
        }
        own::create(&path).map_err(|source| Error::file(path, source))
    }

    /// A token that nobody has.
    pub fn new_token() -> Result<SecretText, Error> {
        let random = private::random().map_err(|source| Error::file("chance", source))?;
        Ok(new_token(random))
    }

    /// The file as it is; nothing where there is none.
    pub(super) fn text(&self) -> Result<Option<Vec<u8>>, Error> {
        let path = self.path();
        let wrong = |source| Error::file(path.clone(), source);
        match fs::symlink_metadata(&path) {
            // A link has no rights of its own; it is refused below.
            Ok(found) if found.is_file() && found.mode() & WRITABLE_BY_OTHERS != 0 => {
                return Err(Error::Loose(path));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(wrong(error)),
        }
        private::read(&path, BYTES_MAX).map_err(wrong)
    }

    /// What stands in it.
    pub(super) fn parse(&self, text: &[u8]) -> Result<StoredGrants, Error> {
        read_stored(text).map_err(|source| Error::Unreadable { path: self.path(), source })
    }

    fn content(&self) -> Result<StoredGrants, Error> {
        match self.text()? {
            Some(text) => self.parse(&text),
            None => Ok(StoredGrants { v: StoredGrants::VERSION, tokens: Vec::new() }),
        }
    }

    fn write(&self, content: &StoredGrants) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(content).expect("names and digests are texts");
        private::replace(&self.path(), &text).map_err(|source| Error::file(self.path(), source))
    }

    fn path(&self) -> PathBuf {
        self.folder.join(TOKENS_FILE)
    }

    /// Two commands at the same time must not lose a token of one another.
    fn lock(&self) -> Result<File, Error> {
        let path = self.folder.join(TOKENS_LOCK);
        private::create_folder(&self.folder)
            .and_then(|()| private::open_or_create(&path))
            .and_then(|file| file.lock().map(|()| file))
            .map_err(|source| Error::file(path.clone(), source))
    }
}
