//! Ports in memory: what they hold is gone with the process.
//!
//! Invariant: every adapter keeps the promises that its durable siblings keep.

mod files;
mod outbox;
mod tokens;

pub use files::MemoryFiles;
pub use outbox::MemoryOutbox;
pub use tokens::MemoryTokens;
