//! Files and folders that are their owner's alone: plain files of ours, replaced whole or not at all.
//!
//! Invariant: nothing here follows a link, empties a file or waits for one. What others could have
//! prepared is refused; what others may merely read is taken back from them, with a word in the log.

mod file;
mod folder;
mod names;
mod plain;
mod random;
mod replace;
mod rights;
mod stamp;
mod unfit;
mod versioned;

pub(crate) use file::{create_new, open, open_or_create, read, read_secret};
pub(crate) use folder::{check_folder, create_folder, make_folder};
pub use names::{API_FILE, TOKEN_FILE};
pub(crate) use names::{
    DATABASE, DATABASE_LOG, LINKS_KEY, LOCK, PROJECT_FILE, SECRETS_FILE, SECRETS_KEY, SECRETS_LOCK,
    TOKENS_FILE, TOKENS_LOCK, USED,
};
pub(crate) use plain::{open_plain, read_all};
pub(crate) use random::random;
pub(crate) use replace::{replace, replace_shared};
pub(crate) use stamp::Stamp;
pub(crate) use unfit::Unfit;
