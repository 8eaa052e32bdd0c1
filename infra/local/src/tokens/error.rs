//! Why tokens cannot be read or kept.

use std::io;
use std::path::PathBuf;
use tradewind_api::access::TokenName;
use tradewind_engine::stored::Unreadable;

/// Why tokens cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is one of that name.
    #[error("there is a token {0} already: remove it first, or choose another name")]
    Exists(TokenName),
    /// Nothing was ever served from the folder.
    #[error("there is no token to renew: `tradewind up` makes one at its first start")]
    NeverServed,
    /// A newer version wrote the file, or somebody else did.
    #[error("{} cannot be used, and its tokens open nothing", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Unreadable,
    },
    /// Others than its owner could put tokens into it.
    #[error(
        "{} is no file that its owner alone may write to, and its tokens open nothing: look who \
         changed it, then `chmod 600` it or remove it",
        .0.display()
    )]
    Loose(PathBuf),
    /// A file cannot be read or written.
    #[error("{} cannot be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl Error {
    pub(super) fn file(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File { path: path.into(), source }
    }
}
