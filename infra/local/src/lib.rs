//! Tradewind as one process on one machine: SQLite, one HTTP listener, workers, and the command.
//!
//! Invariant: nothing in here decides about a run; that is the engine's. This crate carries out.

pub mod command;
pub mod demo;
pub mod dumps;
mod files;
pub mod gateway;
mod links;
pub mod logs;
mod private;
pub mod runtime;
pub mod secrets;
pub mod store;
pub mod tokens;
mod work;
