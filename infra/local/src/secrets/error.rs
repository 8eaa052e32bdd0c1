//! What can go wrong with the file of secrets.

use std::io;
use std::path::PathBuf;

/// Why a secret could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a name that tradewind.yaml could hold.
    #[error("`{0}` cannot name a secret: letters, digits and `_`, at most 100 of them")]
    Name(String),
    /// Nothing to keep.
    #[error("an empty secret is not kept; to take one away, use `tradewind secret remove`")]
    Empty,
    /// Larger than any key or certificate.
    #[error("a secret of more than 64 KB is not kept")]
    TooLong,
    /// A file cannot be read or written.
    #[error("{} cannot be used", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file of secrets is something else.
    #[error("{} is not a file of secrets ({detail}): restore it, or remove it and set all secrets again", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// It was written by a newer version of this program.
    #[error("{} was written by a newer tradewind", .0.display())]
    Newer(PathBuf),
    /// The secrets are there and their key is not.
    #[error("the key {} is missing: restore it beside secrets.json, or remove secrets.json and set all secrets again", .0.display())]
    KeyMissing(PathBuf),
    /// The key file holds something else.
    #[error("{} does not hold a key: restore it", .0.display())]
    KeyCorrupt(PathBuf),
    /// The key was not secret.
    #[error(
        "{path} could be read by others, so that they may know it: where you put it there yourself, \
         `chmod 600 {path}`; where you did not, remove it with secrets.json and set all secrets again",
        path = .0.display()
    )]
    KeyOpen(PathBuf),
    /// The seal does not open.
    #[error(
        "the secret {name} does not open: {} was changed, or secrets.key is another one",
        .path.display()
    )]
    Sealed {
        /// The secret.
        name: String,
        /// The file.
        path: PathBuf,
    },
}

impl Error {
    pub(super) fn file(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File { path: path.into(), source }
    }
}
