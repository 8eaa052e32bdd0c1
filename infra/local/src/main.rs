//! The command `tradewind`.

use clap::Parser;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tradewind::command::{Cli, Command, Environment, Exit, execute};
use tradewind::logs::{Logs, log_panics};
use tradewind_system::may_be_logged;

fn main() -> ExitCode {
    let environment = Environment::new(std::env::vars_os());
    let cli = Cli::parse();
    let logs = start_logs(&cli, &environment);
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
    let logs = Logs::to_stderr().ok()?;
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(logs.clone())
        .with_ansi(is_coloured)
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
