//! The runs: one item for each, long data beside it.

mod cache;
mod claim;
mod control;
mod document;
mod list;
mod parts;
mod purge;
mod read;
mod stored;
mod write;

#[cfg(test)]
mod tests;

pub(super) use self::cache::Cache;
pub(super) use self::parts::{BLOB, ITEM_BYTES_MAX};
pub(super) use self::stored::holds_data;
