//! The real process when something around it fails that nobody thinks of: its log, its disk, the moment
//! of its start.

mod disk;
mod dumps;
mod log;
mod service;
mod signals;
mod started;

pub(crate) use started::{Started, in_shell};
