//! Where the running process of a project is found, and the token that its API asks for. The
//! process keeps both in its data directory while it runs.
//!
//! Invariant: a token goes only to whom it is for. That of the command line goes to the address of the
//! command line; that of the data directory goes to the process that holds its lock.

use crate::command::error::Error;
use crate::private::{self, API_FILE, TOKEN_FILE};
use crate::runtime::ApiAddress;
use crate::store::living_start;
use crate::tokens;
use secrecy::{ExposeSecret, SecretString};
use std::io;
use std::net::{IpAddr, TcpListener};
use std::path::{Path, PathBuf};
use url::Url;

/// What the command line says about whom to talk to.
pub(crate) struct Target {
    pub(crate) url: Option<String>,
    pub(crate) token: Option<SecretString>,
}

impl Target {
    /// An option or variable that is set to nothing is not set.
    pub(crate) fn new(url: Option<String>, token: Option<SecretString>) -> Self {
        Self {
            url: url.filter(|url| !url.is_empty()),
            token: token.filter(|token| !token.expose_secret().is_empty()),
        }
    }
}

/// Whom to talk to.
pub(crate) struct Found {
    pub(crate) url: String,
    pub(crate) token: SecretString,
    /// The project folder, where the process was found through it.
    pub(crate) dir: Option<PathBuf>,
}

/// Whom to talk to. The token of this folder is never sent elsewhere, and that of the command line never
/// to where a folder says.
pub(crate) fn find(target: &Target, dir: &Path, data_dir: &Path) -> Result<Found, Error> {
    if let Some(url) = &target.url {
        let token = target.token.clone().ok_or_else(|| {
            let message = "--url needs the token of that process: --token or TRADEWIND_TOKEN";
            Error::Usage(message.to_owned())
        })?;
        return Ok(Found { url: url.clone(), token, dir: None });
    }
    let file = |name: &str| data_dir.join(name);
    let wrong = |path: PathBuf| move |source| Error::file(path, source);
    let no_process = || Error::NoProcess(shown(dir));
    private::check_folder(data_dir).map_err(wrong(data_dir.to_owned()))?;
    let living = living_start(data_dir).map_err(wrong(data_dir.to_owned()))?;
    let living = living.ok_or_else(no_process)?;
    let address = ApiAddress::read(data_dir).map_err(wrong(file(API_FILE)))?;
    let address = address.ok_or_else(no_process)?;
    match address.start {
        Some(start) if start == living => {}
        // Left by a process that is dead: whoever listens there now is somebody else.
        Some(_) => return Err(no_process()),
        None => return Err(Error::OlderProcess(shown(dir))),
    }
    if !is_here(&address.url) {
        let reason = format!("{} is not an address of this machine", address.url);
        return Err(Error::file(file(API_FILE), io::Error::other(reason)));
    }
    let token = read_token(&file(TOKEN_FILE))?;
    let token = token.ok_or_else(|| Error::Unauthorized(address.url.clone()))?;
    Ok(Found { url: address.url, token, dir: Some(shown(dir)) })
}

fn read_token(path: &Path) -> Result<Option<SecretString>, Error> {
    let token = tokens::read(path).map_err(|source| Error::file(path, source))?;
    Ok(token.filter(|token| !token.expose_secret().is_empty()))
}

/// Whether nothing that is sent there leaves this machine. A process may listen on one of its other
/// addresses: then nobody else can, and nothing else can be listened on.
fn is_here(url: &str) -> bool {
    let Some(url) = Url::parse(url).ok().filter(|url| url.scheme() == "http") else { return false };
    is_strictly_loopback(&url)
        || address(&url).is_some_and(|own| TcpListener::bind((own, 0)).is_ok())
}

/// Whether the address is this machine's own on every machine. Stricter than the guard of outgoing calls,
/// which takes names below `localhost` for this machine as well: a resolver may send those elsewhere, and
/// here a token goes along.
pub(crate) fn is_strictly_loopback(url: &Url) -> bool {
    match address(url) {
        Some(address) => address.is_loopback(),
        None => url.host_str() == Some("localhost"),
    }
}

fn address(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// `.` says little in a message.
fn shown(dir: &Path) -> PathBuf {
    dir.canonicalize().unwrap_or_else(|_| dir.to_owned())
}
