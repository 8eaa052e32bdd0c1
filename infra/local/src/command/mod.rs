//! The command `tradewind`: one file for each of its commands.
//!
//! Invariant: it decides nothing about runs and workflows. What needs a running process is asked of
//! its admin API; the rest reads the project folder and the catalog.

mod apply;
mod backup;
mod catalog;
mod check;
mod cli;
mod client;
mod completion;
mod data_folder;
mod dead_letters;
mod environment;
mod error;
mod events;
mod execute;
mod folder;
mod hosts;
mod outbox;
mod output;
mod people;
mod plan;
mod problems;
mod process;
mod replay;
mod run;
mod runs;
mod secret;
mod status;
mod table;
mod token;
mod trigger;
mod up;
mod words;
mod workflows;

pub use cli::{Cli, Command, GlobalOptions};
pub use environment::Environment;
pub use error::{Error, Exit};
pub use execute::{execute, misused};
