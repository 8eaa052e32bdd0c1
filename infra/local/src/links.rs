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

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use secrecy::ExposeSecret as _;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    fn key_in(folder: &Path) -> String {
        let keys = LocalLinkKeys::in_folder(folder).unwrap();
        keys.link_key().now_or_never().unwrap().unwrap().expose_secret().to_owned()
    }

    #[test]
    fn links_that_were_sent_stay_good_after_a_restart_and_in_no_other_folder() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let key = key_in(folder.path());
        assert!(key.len() >= 32, "{} characters", key.len());
        assert_eq!(key_in(folder.path()), key);
        assert_ne!(key_in(other.path()), key);
        let file = folder.path().join(LINKS_KEY);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        // Whoever removes it makes all links that were sent before open nothing.
        fs::remove_file(&file).unwrap();
        assert_ne!(key_in(folder.path()), key);
    }
}
