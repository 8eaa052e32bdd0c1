//! From the parsed command line to what it asks for.

use super::cli::{Cli, Command};
use super::client::Client;
use super::data_folder::{self, DataFolder};
use super::environment::Environment;
use super::error::{Error, Exit};
use super::output::Output;
use super::{
    apply, backup, catalog, check, completion, dead_letters, events, outbox, people, plan, process,
    replay, run, runs, secret, status, token, trigger, up, workflows,
};
use crate::secrets::chain;
use clap::Args;
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use tradewind_api::access::HostName;
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

/// Arguments of `up`.
#[derive(Debug, Args)]
pub struct UpArgs {
    /// The port to listen on
    #[arg(long, default_value_t = 8080)]
    pub(super) port: u16,
    /// The address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(super) listen: IpAddr,
    /// Another host name by which the API may be asked; may be given several times
    #[arg(long = "api-host", value_name = "NAME")]
    pub(super) api_hosts: Vec<HostName>,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {}

/// Does what was asked for, says what became of it, and returns what the exit code says.
pub async fn execute(cli: Cli, environment: Environment) -> Exit {
    let no_colour = environment.value("NO_COLOR").is_some()
        || environment.value("TERM").is_some_and(|terminal| terminal == "dumb");
    let output = Output::new(cli.global.json, no_colour);
    let cx = Cx {
        named_data_dir: cli.global.data_dir,
        new_data: cli.global.new_data,
        dir: cli.global.dir,
        output,
        environment,
        allowed_hosts: cli.global.allow_host.into_iter().collect(),
        target: process::Target::new(cli.global.url, cli.global.token),
    };
    match Box::pin(dispatch(&cx, cli.command)).await {
        Ok(()) => Exit::Done,
        Err(error) => {
            report(output, &error);
            error.exit()
        }
    }
}

/// Says what is wrong with the arguments, which may be names of files that others gave; or shows the help
/// that was asked for.
pub fn misused(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        error.exit();
    }
    let output = Output::new(false, true);
    error.render().to_string().lines().for_each(|line| output.note(line));
    Exit::Usage
}

impl Cx {
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

async fn dispatch(cx: &Cx, command: Command) -> Result<(), Error> {
    match command {
        Command::Up(args) => up::up(cx, &args).await,
        Command::Demo(args) => up::demo(cx, &args).await,
        Command::Check => check::check(cx),
        Command::Apply(args) => apply::apply(cx, &args).await,
        Command::Status(args) => status::status(cx, &args).await,
        Command::Runs(args) => runs::runs(cx, &args).await,
        Command::Run(args) => run::run(cx, &args).await,
        Command::Replay(args) => replay::replay(cx, &args).await,
        Command::Cancel(args) => people::cancel(cx, &args).await,
        Command::Resolve(args) => people::resolve(cx, &args).await,
        Command::Pause(args) => workflows::pause(cx, &args).await,
        Command::Resume(args) => workflows::resume(cx, &args).await,
        Command::Trigger(args) => trigger::trigger(cx, &args).await,
        Command::DeadLetters(args) => dead_letters::dead_letters(cx, &args).await,
        Command::Events(args) => events::events(cx, &args).await,
        Command::Outbox(args) => outbox::outbox(cx, &args).await,
        Command::Secret(args) => secret::secret(cx, &args),
        Command::Token(args) => token::token(cx, &args).await,
        Command::Catalog(args) => catalog::catalog(cx, &args),
        Command::Plan(args) => plan::plan(cx, &args).await,
        Command::Backup(args) => backup::backup(cx, &args),
        Command::Completion(args) => {
            completion::completion(cx, &args);
            Ok(())
        }
    }
}

fn report(output: Output, error: &Error) {
    let message = chain(error);
    match (output.json, error) {
        // What is said of them is the document.
        (true, Error::Problems(_) | Error::RunsRefused(_)) => {}
        // In the log, which waits for no reader.
        (false, Error::Ended(_)) => {}
        (true, _) => {
            output.document(&json!({ "error": { "code": error.code(), "message": message } }));
        }
        (false, Error::Problems(_)) => output.note(message),
        (false, _) => output.note(format!("error: {message}")),
    }
}
