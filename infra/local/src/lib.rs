//! Tradewind as one process on one machine.

pub mod http;
pub mod store;
