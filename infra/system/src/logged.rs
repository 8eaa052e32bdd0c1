//! What may be logged at all, whatever is asked for.
//!
//! Invariant: what libraries say below `INFO` is never logged. It is whole requests and answers, headers and
//! signing keys among them, and nobody here can vouch for it.

use tracing::{Level, Metadata};

/// The beginning of the names of our own crates.
const OURS: &str = "tradewind";

/// Whether such an entry may be logged.
pub fn may_be_logged(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with(OURS) || *metadata.level() <= Level::INFO
}
