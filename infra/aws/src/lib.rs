//! Tradewind on AWS: the ports served by DynamoDB, SQS, EventBridge, Scheduler, S3 and SSM, and the
//! Lambda entry points that hand events to the use cases.
//!
//! Invariant: nothing in here decides about a run; that is the engine's. This crate carries out.

pub mod backlog;
pub mod blobs;
pub mod bus;
pub mod clients;
pub mod fresh_reads;
pub mod functions;
pub mod grants;
pub mod journal;
pub mod letters;
pub mod limits;
pub mod links;
mod metrics;
mod packing;
pub mod queues;
mod schedules;
pub mod secrets;
pub mod stage;
pub mod store;
#[cfg(test)]
mod tests;
