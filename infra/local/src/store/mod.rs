//! The ports of the engine on one SQLite file: runs, events, queues and all else that lasts.
//!
//! Invariant: an answer is given only after the COMMIT that makes it true is on the disk. One thread
//! writes and commits the requests of many callers together; a refused or failed request takes back
//! its own savepoint and nothing else. A lock on the folder proves that no other process writes.

mod arrivals;
mod audit;
mod backlog;
mod backup;
mod batch;
mod changes;
mod connection;
mod definitions;
mod errors;
mod events;
mod folder;
mod handle;
mod holds;
mod jobs;
mod journal;
mod letters;
mod marks;
mod messages;
mod migrate;
mod open;
mod opened;
mod outbox;
mod parts;
mod place;
mod probe;
mod purge;
mod queue;
mod readers;
mod reported;
mod restart;
mod rows;
mod runs;
mod schedules;
mod show_again;
mod slots;
mod stamped;
mod times;
mod truncate;
mod waiting;
mod writer;

#[cfg(test)]
mod tests;

pub use arrivals::Arrivals;
pub use backup::backup;
pub use errors::{BackupError, OpenError};
pub(crate) use folder::living_start;
pub use handle::Store;
pub use messages::{Capacities, Received};
pub use opened::Opened;
pub use queue::QueueDepth;
pub use waiting::QueueWaiting;
