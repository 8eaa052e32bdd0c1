//! How a command on the same machine finds and enters a running process.

use super::StartError;
use crate::private::{random, replace};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::{fs, io};
use tradewind_engine::digests::hex;

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
        replace(&address.file, json.as_bytes())
            .map_err(|source| StartError::Access { path: address.file.clone(), source })?;
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
        Ok(_) => make_token(&file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_token(&file),
        Err(source) => Err(StartError::Access { path: file, source }),
    }
}

fn make_token(file: &Path) -> Result<SecretString, StartError> {
    let wrong = |source| StartError::Access { path: file.to_owned(), source };
    let token = format!("tw_{}", hex(&random::<32>().map_err(wrong)?));
    replace(file, token.as_bytes()).map_err(wrong)?;
    Ok(SecretString::from(token))
}
