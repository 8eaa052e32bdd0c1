//! How a process is to run, and in what surroundings.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tradewind_api::access::HostName;
use tradewind_engine::hosts::AllowedHosts;
use tradewind_engine::ports::{Clock, Http};
use tradewind_platform::apply::ProjectFiles;

/// How to run.
pub struct Options {
    /// The project to apply; its `env` is what `${{ env.… }}` may name.
    pub files: ProjectFiles,
    /// The project folder: where file connections write.
    pub dir: PathBuf,
    /// Where the data is kept.
    pub data_dir: PathBuf,
    /// The address to listen on.
    pub listen: IpAddr,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// The hosts that the operator allowed besides those of the providers.
    pub allowed_hosts: AllowedHosts,
    /// Other host names by which the API may be asked.
    pub api_hosts: Vec<HostName>,
    /// The environment of the process, for `TRADEWIND_SECRET_…`.
    pub environment: BTreeMap<String, String>,
}

/// What is around the process.
pub struct Outside {
    /// The way to the services.
    pub http: Arc<dyn Http>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}
