//! What can be written on the command line.

use super::apply::ApplyArgs;
use super::backup::BackupArgs;
use super::catalog::CatalogArgs;
use super::completion::CompletionArgs;
use super::dead_letters::DeadLettersArgs;
use super::error::EXIT_HELP;
use super::events::EventsArgs;
use super::execute::{DemoArgs, UpArgs};
use super::outbox::OutboxArgs;
use super::people::{CancelArgs, ResolveArgs};
use super::plan::PlanArgs;
use super::replay::ReplayArgs;
use super::run::RunArgs;
use super::runs::RunsArgs;
use super::secret::SecretArgs;
use super::status::StatusArgs;
use super::token::TokenArgs;
use super::trigger::TriggerArgs;
use super::workflows::WorkflowArgs;
use clap::{Args, Parser, Subcommand};
use secrecy::SecretString;
use std::path::PathBuf;
use tradewind_engine::hosts::AllowedHosts;

/// Ecommerce automation that you deploy yourself: webhooks in, workflows in YAML, actions out.
#[derive(Debug, Parser)]
#[command(name = "tradewind", version, after_help = EXIT_HELP)]
#[command(arg_required_else_help = true, infer_subcommands = false)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: GlobalOptions,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct GlobalOptions {
    /// The project folder
    #[arg(long, global = true, value_name = "FOLDER", default_value = ".")]
    pub dir: PathBuf,
    /// Where data, token and secrets are kept [default: .tradewind in the project folder where it is
    /// there already, else a folder of its own below $XDG_STATE_HOME/tradewind or
    /// ~/.local/state/tradewind]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// Begin without any data, where that of a folder that looks like this one was found
    #[arg(long, global = true, conflicts_with = "data_dir")]
    pub new_data: bool,
    /// Print JSON for programs
    #[arg(long, global = true)]
    pub json: bool,
    /// Talk to this process or stage instead of the one that serves the project folder
    #[arg(long, global = true, value_name = "URL", env = "TRADEWIND_URL")]
    pub url: Option<String>,
    /// The API token that goes with --url
    #[arg(
        long, global = true, value_name = "TOKEN", env = "TRADEWIND_TOKEN",
        hide_env_values = true, value_parser = secret_text
    )]
    pub token: Option<SecretString>,
    /// Let connections call this host too, besides those of their providers: HOST by https on 443 and
    /// 8443, HOST:PORT on that port; localhost, 127.0.0.1 and [::1] by http as well, with `*` on every port
    #[arg(
        long, global = true, value_name = "HOST[:PORT]", env = "TRADEWIND_ALLOW_HOSTS",
        value_parser = clap::value_parser!(AllowedHosts)
    )]
    pub allow_host: Vec<AllowedHosts>,
    /// Log more, to standard error; RUST_LOG says exactly what
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Apply the project folder and serve it: webhooks, workers, timers and the admin API
    Up(UpArgs),
    /// Show all of it at work with a sample order, offline and without any account
    Demo(DemoArgs),
    /// Check the project folder; every problem with its place
    Check,
    /// Make the project folder hold in a running process
    Apply(ApplyArgs),
    /// Show what lies in the queues, which connections are held back and what is refused
    Status(StatusArgs),
    /// List runs, the newest first
    Runs(RunsArgs),
    /// Show a run step by step, and what to do next
    Run(RunArgs),
    /// Take a failed or parked run, or many of them, up again where they stopped
    Replay(ReplayArgs),
    /// Stop a run; what is being done is finished
    Cancel(CancelArgs),
    /// Say what became of the step that parked a run
    Resolve(ResolveArgs),
    /// Let the runs of a workflow stand still; its events are kept
    Pause(WorkflowArgs),
    /// Let the runs of a paused workflow go on
    Resume(WorkflowArgs),
    /// Make an event by hand, to try a workflow
    Trigger(TriggerArgs),
    /// List what was given up on, and send it on its way again
    DeadLetters(DeadLettersArgs),
    /// Show events and what the workflows made of them; run a workflow on one again
    Events(EventsArgs),
    /// Show what sandbox connections were asked to do
    Outbox(OutboxArgs),
    /// Keep secrets in an encrypted file
    Secret(SecretArgs),
    /// Make, list and remove tokens of the admin API, each with what it may do
    Token(TokenArgs),
    /// Show the actions, events and providers there are
    Catalog(CatalogArgs),
    /// Show what the project folder needs on AWS, what it costs there and how long a burst takes
    Plan(PlanArgs),
    /// Copy the database into a file, while it is worked with
    Backup(BackupArgs),
    /// Print the completion script of a shell
    Completion(CompletionArgs),
}

#[expect(clippy::unnecessary_wraps, reason = "clap takes parsers that can fail")]
fn secret_text(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(SecretString::from(text))
}
