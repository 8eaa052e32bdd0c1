//! Ports in memory, on virtual time: what they hold is gone with the process. They serve the
//! simulation; [`MemoryLimits`], [`MemoryRefusals`] and [`MemoryTokens`] also serve the local
//! runtime.
//!
//! Invariant: every adapter keeps the promises that its durable siblings keep, and the same calls
//! in the same order always give the same answers: no real time, no hash order, no threads.

mod clock;
mod executor;
mod files;
mod ids;
mod limits;
mod links;
mod outbox;
mod refusals;
mod store;
mod tokens;

pub use clock::VirtualClock;
pub use executor::{Executor, TaskId, step_aside};
pub use files::MemoryFiles;
pub use ids::SeededIds;
pub use limits::MemoryLimits;
pub use links::FixedLinkKey;
pub use outbox::MemoryOutbox;
pub use refusals::MemoryRefusals;
pub use store::{Atomicity, Kind, Memory, Message};
pub use tokens::MemoryTokens;
