//! How a command on the same machine finds and enters a running process.

use super::StartError;
use crate::private::{self, random, replace};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::{fs, io};
use tradewind_engine::digests::hex;

/// Holds the address of the running process.
pub const API_FILE: &str = "api.json";
/// Holds the token of the admin API.
pub const TOKEN_FILE: &str = "token";

/// The token is not longer, nor is the address.
pub(crate) const TOKEN_BYTES_MAX: u64 = 64 * 1024;

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
        let Some(json) = private::read(&data_dir.join(API_FILE), TOKEN_BYTES_MAX)? else {
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

/// Makes sure that there is a token of the admin API, readable by its owner only. One that others could
/// read, or have put there, is replaced.
pub(super) fn ensure_token(data_dir: &Path) -> Result<(), StartError> {
    let file = data_dir.join(TOKEN_FILE);
    let wrong = |source| StartError::Access { path: file.clone(), source };
    let Some(kept) = private::read_kept(&file, TOKEN_BYTES_MAX).map_err(wrong)? else {
        return make_token(&file);
    };
    if kept.was_open {
        tracing::warn!("{} could be read by others: it is replaced by a new one", file.display());
        return make_token(&file);
    }
    let token = String::from_utf8(kept.content).map_err(|error| wrong(io::Error::other(error)))?;
    if token.trim().is_empty() { make_token(&file) } else { Ok(()) }
}

fn make_token(file: &Path) -> Result<(), StartError> {
    let wrong = |source| StartError::Access { path: file.to_owned(), source };
    let token = format!("tw_{}", hex(&random::<32>().map_err(wrong)?));
    replace(file, token.as_bytes()).map_err(wrong)
}
