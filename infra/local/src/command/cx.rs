//! What every command works with: what the command line says for all of them, and what that leads to.

use super::client::Client;
use super::client::process;
use super::data_folder::{self, DataFolder};
use super::environment::Environment;
use super::error::Error;
use super::options::GlobalOptions;
use super::printing::output::Output;
use std::path::PathBuf;
use tradewind_engine::hosts::AllowedHosts;

/// What every command works with.
pub(super) struct Cx {
    pub(super) dir: PathBuf,
    named_data_dir: Option<PathBuf>,
    /// Whatever other data there is.
    pub(super) new_data: bool,
    pub(super) output: Output,
    pub(super) environment: Environment,
    /// What the operator allowed.
    pub(super) allowed_hosts: AllowedHosts,
    pub(super) target: process::Target,
}

impl Cx {
    pub(super) fn new(options: GlobalOptions, output: Output, environment: Environment) -> Self {
        Self {
            dir: options.dir,
            named_data_dir: options.data_dir,
            new_data: options.new_data,
            output,
            environment,
            allowed_hosts: options.allow_host.into_iter().collect(),
            target: process::Target::new(options.url, options.token),
        }
    }

    /// The admin API of the process that was asked for.
    pub(super) fn client(&self) -> Result<Client, Error> {
        // Who is named needs no folder.
        let data_dir = match self.target.url {
            Some(_) => PathBuf::new(),
            None => self.data_dir()?,
        };
        Client::new(process::find(&self.target, &self.dir, &data_dir)?)
    }

    /// The data directory of the project folder, which need not be there yet.
    pub(super) fn data_folder(&self) -> Result<DataFolder, Error> {
        let named = self.named_data_dir.as_deref();
        Ok(data_folder::find(&self.dir, named, &self.environment)?)
    }

    /// Where it is.
    pub(super) fn data_dir(&self) -> Result<PathBuf, Error> {
        Ok(self.data_folder()?.path)
    }
}
