//! The command `tradewind`: one file for each of its commands, in folders by what a person wants:
//! [`serve`] on this machine, write a [`project`] and [`providers`] of one's own, [`look`] at what happened, [`act`] on it, keep
//! [`credentials`]. `cli.rs` alone knows them all.
//!
//! Invariant: it decides nothing about runs and workflows. What needs a running process is asked of
//! its admin API; the rest reads the project folder and the catalog.

mod act;
mod cli;
mod client;
mod completion;
mod credentials;
mod cx;
mod data_folder;
mod environment;
mod error;
mod execute;
mod look;
mod options;
mod printing;
mod project;
mod project_folder;
mod providers;
mod serve;

pub use cli::{Cli, Command};
pub use environment::Environment;
pub use error::{Error, Exit};
pub use execute::{execute, misused};
pub use options::GlobalOptions;
