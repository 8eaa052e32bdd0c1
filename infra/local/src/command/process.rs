//! Where the running process of a project is found, and the token that its API asks for. The
//! process keeps both in its data directory while it runs.

use super::error::Error;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// What a running process tells of itself.
#[derive(Deserialize)]
struct Announcement {
    url: String,
}

/// What the command line says about whom to talk to.
pub(super) struct Target {
    pub(super) url: Option<String>,
    pub(super) token: Option<SecretString>,
}

impl Target {
    /// An option or variable that is set to nothing is not set.
    pub(super) fn new(url: Option<String>, token: Option<SecretString>) -> Self {
        Self {
            url: url.filter(|url| !url.is_empty()),
            token: token.filter(|token| !token.expose_secret().is_empty()),
        }
    }
}

/// Whom to talk to.
pub(super) struct Found {
    pub(super) url: String,
    pub(super) token: SecretString,
    /// The project folder, where the process was found through it.
    pub(super) dir: Option<PathBuf>,
}

/// Whom to talk to. The token of this folder is never sent elsewhere.
pub(super) fn find(target: &Target, dir: &Path, data_dir: &Path) -> Result<Found, Error> {
    if let Some(url) = &target.url {
        let token = target.token.clone().ok_or_else(|| {
            let message = "--url needs the token of that process: --token or TRADEWIND_TOKEN";
            Error::Usage(message.to_owned())
        })?;
        return Ok(Found { url: url.clone(), token, dir: None });
    }
    let path = announcement_path(data_dir);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Error::NoProcess(shown(dir)));
        }
        Err(source) => return Err(Error::file(path, source)),
    };
    let announcement: Announcement =
        serde_json::from_slice(&text).map_err(|error| Error::file(path, error.into()))?;
    let own = read_token(data_dir).map_err(|source| Error::file(token_path(data_dir), source))?;
    let token = target.token.clone().or(own);
    let token = token.ok_or_else(|| Error::Unauthorized(announcement.url.clone()))?;
    Ok(Found { url: announcement.url, token, dir: Some(shown(dir)) })
}

fn read_token(data_dir: &Path) -> io::Result<Option<SecretString>> {
    match fs::read_to_string(token_path(data_dir)) {
        Ok(text) => {
            let token = SecretString::from(text.trim());
            Ok(Some(token).filter(|token| !token.expose_secret().is_empty()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn announcement_path(data_dir: &Path) -> PathBuf {
    data_dir.join("api.json")
}

fn token_path(data_dir: &Path) -> PathBuf {
    data_dir.join("token")
}

/// `.` says little in a message.
fn shown(dir: &Path) -> PathBuf {
    dir.canonicalize().unwrap_or_else(|_| dir.to_owned())
}
