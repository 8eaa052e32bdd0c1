//! How a command on the same machine finds and enters a running process.

use super::StartError;
use crate::clock::SystemIds;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use tradewind_engine::ports::Ids as _;

/// Holds the address of the running process.
pub const API_FILE: &str = "api.json";
/// Holds the token of the admin API.
pub const TOKEN_FILE: &str = "token";

/// The address of the running process, in a file as long as it runs.
#[derive(Serialize, Deserialize)]
pub struct ApiAddress {
    /// Where it listens.
    pub url: String,
    #[serde(skip)]
    file: PathBuf,
}

impl ApiAddress {
    pub(super) fn publish(data_dir: &Path, url: &str) -> Result<Self, StartError> {
        let address = Self { url: url.to_owned(), file: data_dir.join(API_FILE) };
        let json = serde_json::json!({ "url": url }).to_string();
        write_private(&address.file, json.as_bytes(), true)?;
        Ok(address)
    }

    pub(super) fn withdraw(&self) {
        if let Err(error) = fs::remove_file(&self.file) {
            tracing::warn!(%error, "{API_FILE} could not be removed");
        }
    }
}

/// The token of the admin API; made at the first start, readable by its owner only.
pub(super) fn token(data_dir: &Path) -> Result<SecretString, StartError> {
    let file = data_dir.join(TOKEN_FILE);
    match fs::read_to_string(&file) {
        Ok(token) if !token.trim().is_empty() => Ok(SecretString::from(token.trim().to_owned())),
        Ok(_) => make_token(&file, true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_token(&file, false),
        Err(source) => Err(StartError::Access { path: file, source }),
    }
}

fn make_token(file: &Path, replace: bool) -> Result<SecretString, StartError> {
    let token = format!("tw_{}{}", SystemIds.random_hex(), SystemIds.random_hex());
    write_private(file, token.as_bytes(), replace)?;
    Ok(SecretString::from(token))
}

fn write_private(file: &Path, content: &[u8], replace: bool) -> Result<(), StartError> {
    let write = || -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).mode(0o600);
        if replace {
            options.create(true).truncate(true)
        } else {
            options.create_new(true)
        };
        let mut open = options.open(file)?;
        open.write_all(content)?;
        open.sync_all()
    };
    write().map_err(|source| StartError::Access { path: file.to_owned(), source })
}
