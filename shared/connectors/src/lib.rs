//! What Tradewind can be joined to: contracts (what can be done, with typed input and output),
//! events (what can happen, in canonical form) and providers (who does it and who tells of it).
//! [`catalog`] is the only place that knows them all.
//!
//! Invariant: a contract never says who fulfils it, and a provider never knows another one.

pub mod action;
pub mod catalog;
pub mod connection;
pub mod contract;
pub mod contracts;
pub mod deliveries;
pub mod described;
pub mod events;
pub mod fixtures;
pub mod provider;
pub mod providers;
#[cfg(test)]
mod scripted;
mod scrub;
pub mod settings;
