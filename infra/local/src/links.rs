//! The key of the links that are given to people, in a file of the data directory.

use crate::private::LINKS_KEY;
use crate::tokens;
use async_trait::async_trait;
use std::io;
use std::path::Path;
use tradewind_engine::ports::{LinkKeys, SecretText, Unavailable};

/// The key of a data directory.
pub(crate) struct LocalLinkKeys(SecretText);

impl LocalLinkKeys {
    /// The key, which is made where there is none; links that were sealed with another one open nothing then.
    pub(crate) fn in_folder(data_dir: &Path) -> io::Result<Self> {
        let file = data_dir.join(LINKS_KEY);
        tokens::ensure(&file)?;
        let key = tokens::read(&file)?;
        key.map(Self).ok_or_else(|| io::Error::other("it is gone again"))
    }
}

#[async_trait]
impl LinkKeys for LocalLinkKeys {
    async fn link_key(&self) -> Result<SecretText, Unavailable> {
        Ok(self.0.clone())
    }
}
