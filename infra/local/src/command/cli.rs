//! The command line: all commands, how each is written and who carries it out. No other file knows
//! them all.

use super::act::approve::{self, ApproveArgs};
use super::act::cancel::{self, CancelArgs};
use super::act::dismiss::{self, DismissArgs};
use super::act::pause::{self, WorkflowArgs};
use super::act::replay::{self, ReplayArgs};
use super::act::resolve::{self, ResolveArgs};
use super::act::trigger::{self, TriggerArgs};
use super::completion::{self, CompletionArgs};
use super::credentials::secret::{self, SecretArgs};
use super::credentials::token::{self, TokenArgs};
use super::cx::Cx;
use super::error::{EXIT_HELP, Error};
use super::look::dead_letters::{self, DeadLettersArgs};
use super::look::events::{self, EventsArgs};
use super::look::outbox::{self, OutboxArgs};
use super::look::run::{self, RunArgs};
use super::look::runs::{self, RunsArgs};
use super::look::status::{self, StatusArgs};
use super::options::GlobalOptions;
use super::project::apply::{self, ApplyArgs};
use super::project::catalog::{self, CatalogArgs};
use super::project::check;
use super::project::plan::{self, PlanArgs};
use super::providers::new::{self, NewArgs};
use super::providers::test::{self, TestArgs};
use super::providers::try_provider::{self, TryArgs};
use super::serve::backup::{self, BackupArgs};
use super::serve::demo::{self, DemoArgs};
use super::serve::up::{self, UpArgs};
use clap::{CommandFactory as _, Parser, Subcommand};

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

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Apply the project folder and serve it: webhooks, workers, timers and the admin API
    Up(UpArgs),
    /// Show all of it at work with a sample order, offline and without any account
    Demo(DemoArgs),
    /// Check the project folder; every problem with its place
    Check,
    /// Begin a provider of your own: its file, and what it is tried with
    New(NewArgs),
    /// Try the project's own providers against their fixtures; nothing is sent
    Test(TestArgs),
    /// Show what a provider would be sent, what an answer would mean, and what a webhook would be received as
    Try(TryArgs),
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
    /// Say yes or no to what a run asks
    Approve(ApproveArgs),
    /// Let the runs of a workflow stand still; its events are kept
    Pause(WorkflowArgs),
    /// Let the runs of a paused workflow go on
    Resume(WorkflowArgs),
    /// Make an event by hand, to try a workflow
    Trigger(TriggerArgs),
    /// List what was given up on, and send it on its way again
    DeadLetters(DeadLettersArgs),
    /// Remove a dead letter, and end its alarm; what it told of stays as it is
    Dismiss(DismissArgs),
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

impl Command {
    /// Carries it out.
    pub(super) async fn run(self, cx: &Cx) -> Result<(), Error> {
        match self {
            Self::Up(args) => up::up(cx, &args).await,
            Self::Demo(args) => demo::demo(cx, &args).await,
            Self::Check => check::check(cx),
            Self::New(args) => new::begin(cx, &args),
            Self::Test(args) => test::test(cx, &args),
            Self::Try(args) => try_provider::try_it(cx, &args).await,
            Self::Apply(args) => apply::apply(cx, &args).await,
            Self::Status(args) => status::status(cx, &args).await,
            Self::Runs(args) => runs::runs(cx, &args).await,
            Self::Run(args) => run::run(cx, &args).await,
            Self::Replay(args) => replay::replay(cx, &args).await,
            Self::Cancel(args) => cancel::cancel(cx, &args).await,
            Self::Resolve(args) => resolve::resolve(cx, &args).await,
            Self::Approve(args) => approve::approve(cx, &args).await,
            Self::Pause(args) => pause::pause(cx, &args).await,
            Self::Resume(args) => pause::resume(cx, &args).await,
            Self::Trigger(args) => trigger::trigger(cx, &args).await,
            Self::DeadLetters(args) => dead_letters::dead_letters(cx, &args).await,
            Self::Dismiss(args) => dismiss::dismiss(cx, &args).await,
            Self::Events(args) => events::events(cx, &args).await,
            Self::Outbox(args) => outbox::outbox(cx, &args).await,
            Self::Secret(args) => secret::secret(cx, &args).await,
            Self::Token(args) => token::token(cx, &args).await,
            Self::Catalog(args) => catalog::catalog(cx, &args),
            Self::Plan(args) => plan::plan(cx, &args).await,
            Self::Backup(args) => backup::backup(cx, &args),
            Self::Completion(args) => {
                completion::completion(cx, &args, Cli::command());
                Ok(())
            }
        }
    }
}
