//! How a command on the same machine finds a running process.

use super::error::StartError;
use crate::private::{self, API_FILE, replace};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The file is not longer.
const BYTES_MAX: u64 = 64 * 1024;

/// The address of the running process, in a file as long as it runs.
#[derive(Serialize, Deserialize)]
pub struct ApiAddress {
    /// Where it listens.
    pub url: String,
    /// The start that wrote it, as the lock file names it; an older tradewind did not say.
    #[serde(default)]
    pub start: Option<String>,
    #[serde(skip)]
    file: PathBuf,
}

impl ApiAddress {
    /// Says where the process is reached from this machine.
    pub(super) fn publish(
        data_dir: &Path,
        bound: SocketAddr,
        start: &str,
    ) -> Result<Self, StartError> {
        let url = format!("http://{}", SocketAddr::new(from_here(bound.ip()), bound.port()));
        let file = data_dir.join(API_FILE);
        let address = Self { url, start: Some(start.to_owned()), file };
        let json = serde_json::to_vec(&address).expect("an address has texts as keys");
        replace(&address.file, &json)
            .map_err(|source| StartError::Access { path: address.file.clone(), source })?;
        Ok(address)
    }

    /// What is said there, by whomever; `None` where there is nothing.
    pub(crate) fn read(data_dir: &Path) -> io::Result<Option<Self>> {
        let Some(json) = private::read(&data_dir.join(API_FILE), BYTES_MAX)? else {
            return Ok(None);
        };
        Ok(Some(serde_json::from_slice(&json)?))
    }

    pub(super) fn withdraw(&self) {
        if let Err(error) = fs::remove_file(&self.file) {
            tracing::warn!(%error, "{API_FILE} could not be removed");
        }
    }
}

/// Who listens on all addresses listens on this machine's own as well.
fn from_here(listening: IpAddr) -> IpAddr {
    match listening {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}
