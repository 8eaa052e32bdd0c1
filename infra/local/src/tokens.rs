//! Tokens of the local admin API: one that the process makes by itself, in the file `token`, and those
//! that people name, in `tokens.json`.
//!
//! Invariant: both files are read with every request, so that a token that was removed or renewed opens
//! nothing from then on. What cannot be understood opens nothing.

mod error;
mod file;
mod own;

pub use error::Error;
pub use file::TokensFile;
pub(crate) use own::{ensure, read};

use crate::private::TOKEN_FILE;
use async_trait::async_trait;
use secrecy::ExposeSecret as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tradewind_api::access::{Grant, Grants, ReadableGrants, TokenName};
use tradewind_engine::causes::chain;
use tradewind_engine::ports::Unavailable;

/// The tokens of a data directory, for the process that serves it.
pub struct LocalGrants {
    folder: PathBuf,
    file: TokensFile,
    last: Mutex<Last>,
}

/// What was read last.
#[derive(Default)]
struct Last {
    text: Option<Vec<u8>>,
    named: Vec<Grant>,
    /// Why something cannot be read; said in the log once.
    unread: Option<String>,
}

impl LocalGrants {
    /// Those of this data directory.
    pub fn in_folder(data_dir: &Path) -> Self {
        let (folder, file) = (data_dir.to_owned(), TokensFile::in_folder(data_dir));
        Self { folder, file, last: Mutex::default() }
    }

    /// The token that the process made by itself; without its file there is none.
    fn own(&self) -> Result<Option<Grant>, Error> {
        let path = self.folder.join(TOKEN_FILE);
        let wrong = |source| Error::file(path.clone(), source);
        let Some(token) = read(&path).map_err(wrong)? else { return Ok(None) };
        Ok(Grant::own(TokenName::local(), token.expose_secret()))
    }

    /// Those that people named. What was understood before is not parsed again.
    fn named(&self, last: &mut Last) -> Result<(), Error> {
        let text = self.file.text()?;
        if text != last.text || last.unread.is_some() {
            last.named = match &text {
                Some(text) => self.file.parse(text)?.tokens,
                None => Vec::new(),
            };
            last.text = text;
        }
        Ok(())
    }
}

#[async_trait]
impl Grants for LocalGrants {
    async fn known(&self) -> ReadableGrants {
        // Two small files: less work than handing it to another thread.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let own = self.own();
        let named = self.named(&mut last);
        if named.is_err() {
            last.named.clear();
        }
        let unread = own.as_ref().err().or(named.as_ref().err()).map(|error| chain(error));
        if let Some(reason) = unread.as_ref().filter(|unread| last.unread.as_ref() != Some(unread))
        {
            tracing::error!(reason, "tokens of the API cannot be read, and open nothing");
        }
        last.unread.clone_from(&unread);
        let grants: Vec<Grant> = own.ok().flatten().into_iter().chain(last.named.clone()).collect();
        let unread = unread.map(|reason| Unavailable::new("tokens", reason));
        ReadableGrants { grants: Arc::from(grants), unread }
    }
}
