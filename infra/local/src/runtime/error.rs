//! Why a process does not run.

use crate::store::OpenError;
use std::net::SocketAddr;
use std::path::PathBuf;
use tradewind_platform::apply::NotApplied;

/// Why the process could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The project has problems, or could not be applied.
    #[error(transparent)]
    NotApplied(#[from] NotApplied),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}; if the port is taken, choose another with --port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file in the data directory cannot be written.
    #[error("cannot use {}", path.display())]
    Access {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The secrets are not safe where they are.
    #[error(transparent)]
    Secrets(#[from] crate::secrets::Error),
    /// The HTTP client cannot be made.
    #[error("{0}")]
    Http(String),
}
