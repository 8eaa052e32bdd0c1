//! The command `tradewind`.

use clap::Parser as _;
use mimalloc::MiMalloc;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tradewind::command::{Cli, Command, Environment, Exit, execute, misused};
use tradewind::dumps::keep_memory_unread;
use tradewind::logs::{Logs, log_panics};
use tradewind_system::may_be_logged;

/// A quarter of the work on an order is making and dropping JSON trees.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // Before there is anything to read.
    let unread = keep_memory_unread();
    let environment = Environment::new(std::env::vars_os());
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error).into(),
    };
    let logs = start_logs(&cli, &environment);
    if let Err(error) = unread {
        tracing::warn!(%error, "the system may write this process's memory to a file when it dies");
    }
    let exit = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(Box::pin(execute(cli, environment))).into(),
        Err(error) => {
            tracing::error!(%error, "threads could not be started");
            Exit::Failed.into()
        }
    };
    if let Some(logs) = logs {
        logs.flush();
    }
    exit
}

/// Logs are for people here, and never mix with what a command prints. Where there is no standard error
/// there is no log: work goes on all the same.
fn start_logs(cli: &Cli, environment: &Environment) -> Option<Logs> {
    let standard = match (cli.global.verbose, &cli.command) {
        (true, _) => "info,tradewind=debug",
        (false, Command::Up(_)) => "info",
        (false, _) => "warn",
    };
    let asked = environment.value("RUST_LOG");
    let filter = asked.and_then(|directives| EnvFilter::try_new(directives).ok());
    let is_coloured = environment.value("NO_COLOR").is_none()
        && std::io::IsTerminal::is_terminal(&std::io::stderr());
    let logs = Logs::to_stderr().ok()?.coloured(is_coloured);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(logs.clone())
        // What is logged may be others' text: it is coloured after it was made visible.
        .with_ansi(false)
        // It would say so on standard error, and panic where that cannot be written to.
        .log_internal_errors(false);
    tracing_subscriber::registry()
        .with(filter.unwrap_or_else(|| EnvFilter::new(standard)))
        .with(filter_fn(may_be_logged))
        .with(lines)
        .init();
    log_panics();
    Some(logs)
}
