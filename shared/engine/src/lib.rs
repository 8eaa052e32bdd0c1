//! The domain of Tradewind, without any input or output: workflows and their expressions, events,
//! runs, the write protocol that keeps both promises (nothing accepted is lost, nothing is done
//! twice), and the ports through which a runtime serves it.
//!
//! Invariant: nothing in here names a vendor, a cloud, a runtime, a clock or the environment.

pub mod audit;
pub mod backlog;
pub mod causes;
pub mod definitions;
pub mod descriptions;
pub mod digests;
pub mod effects;
pub mod events;
pub mod expected;
pub mod expressions;
pub mod holds;
pub mod hosts;
pub mod ids;
pub mod jobs;
pub mod letters;
pub mod limits;
pub mod marks;
pub mod money;
pub mod outbox;
pub mod ports;
pub mod problems;
pub mod project;
pub mod protocol;
pub mod queues;
pub mod refusals;
pub mod runs;
pub mod schedules;
pub mod schemas;
pub mod slots;
pub mod stored;
pub mod surrogates;
pub mod texts;
pub mod time;
pub mod unmapped;
pub mod workflows;
pub mod yaml;
