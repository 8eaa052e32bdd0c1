//! The token that a process makes by itself, in the file `token`: a command of the same user on the same
//! machine enters with it.

use crate::private::{self, random, replace};
use secrecy::{ExposeSecret as _, SecretString};
use std::io;
use std::path::Path;
use tradewind_api::access::new_token;

/// It is not longer.
const BYTES_MAX: u64 = 64 * 1024;

/// The token in that file; `None` where there is none.
pub(crate) fn read(file: &Path) -> io::Result<Option<SecretString>> {
    let Some(text) = private::read(file, BYTES_MAX)? else { return Ok(None) };
    Ok(Some(SecretString::from(parse(text)?.trim())))
}

/// Makes sure that there is a token, readable by its owner only. One that others could read, or have put
/// there, is replaced.
pub(crate) fn ensure(file: &Path) -> io::Result<()> {
    let Some(found) = private::read_secret(file, BYTES_MAX)? else { return create(file) };
    if found.was_open {
        tracing::warn!("{} could be read by others: it is replaced by a new one", file.display());
        return create(file);
    }
    if parse(found.content)?.trim().is_empty() { create(file) } else { Ok(()) }
}

/// Puts a new token in the place of the one before.
pub(super) fn create(file: &Path) -> io::Result<()> {
    replace(file, new_token(random()?).expose_secret().as_bytes())
}

fn parse(text: Vec<u8>) -> io::Result<String> {
    String::from_utf8(text).map_err(io::Error::other)
}
