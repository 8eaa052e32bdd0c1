//! `tradewind up`: applies the folder and serves until it is told to stop.

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::hosts;
use crate::command::printing::problems;
use crate::command::project_folder;
use crate::runtime::{Options, Runtime, StartError};
use clap::Args;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tradewind_api::access::HostName;
use tradewind_engine::problems::Problem;
use tradewind_platform::apply::NotApplied;

/// Arguments of `up`.
#[derive(Debug, Args)]
pub struct UpArgs {
    /// The port to listen on
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// Another host name by which the API may be asked; may be given several times
    #[arg(long = "api-host", value_name = "NAME")]
    api_hosts: Vec<HostName>,
}

pub(crate) async fn up(cx: &Cx, args: &UpArgs) -> Result<(), Error> {
    // First of all: until it is listened to, Ctrl-C is lost where a shell has put us into the background.
    let mut stop = StopSignals::listen().map_err(|error| Error::Process(error.into()))?;
    let folder = project_folder::read(&cx.dir, &cx.environment)?;
    if !folder.problems.is_empty() {
        return Err(problems::report(cx.output, folder.problems));
    }
    let data = cx.data_folder()?;
    let about_data = data.prepare(cx.new_data)?;
    let options = Options {
        files: folder.files,
        dir: cx.dir.clone(),
        data_dir: data.path,
        listen: args.listen,
        port: args.port,
        allowed_hosts: cx.allowed_hosts.clone(),
        api_hosts: args.api_hosts.clone(),
        environment: cx.environment.variables().clone(),
    };
    let started = tokio::select! {
        started = Runtime::start(&options) => started,
        () = stop.next() => return Ok(()),
    };
    let mut runtime = started.map_err(|error| not_started(cx, error))?;
    print_start(cx, &runtime);
    about_data.iter().for_each(|line| cx.output.note(line));
    let ended = tokio::select! {
        () = stop.next() => None,
        reason = runtime.ended() => Some(reason),
    };
    // From here on by the log alone, which waits for no reader.
    match &ended {
        None => tracing::info!("stopping: work that is under way is finished first"),
        Some(reason) => tracing::error!(reason, "stopping"),
    }
    runtime.stop().await;
    ended.map_or(Ok(()), |reason| Err(Error::Ended(reason)))
}

fn not_started(cx: &Cx, error: StartError) -> Error {
    match error {
        StartError::NotApplied(NotApplied::Problems(found)) => {
            problems::report(cx.output, found as Vec<Problem>)
        }
        error => Error::Process(error.into()),
    }
}

fn print_start(cx: &Cx, runtime: &Runtime) {
    cx.output.note(format!("tradewind serves {} at {}", cx.dir.display(), runtime.url));
    let applied = &runtime.applied;
    cx.output.note(format!(
        "workflows: {} new or changed, {} as before, {} removed",
        applied.changed.len(),
        applied.unchanged.len(),
        applied.removed.len()
    ));
    let receiving: Vec<_> = applied.hosts.iter().cloned().map(Into::into).collect();
    hosts::print_lines(&receiving, cx.output);
    let base = runtime.public_url.as_deref().unwrap_or(&runtime.url);
    for endpoint in &runtime.endpoints {
        let state = endpoint.not_ready.as_deref().unwrap_or("ready");
        cx.output.note(format!("webhooks: {base}{} ({state})", endpoint.path));
        for warning in &endpoint.warnings {
            cx.output.note(format!("          {warning}"));
        }
    }
}

/// What asks the process to end.
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
    // Not asked, but listened to: otherwise a file that may not grow any more ends the process at once.
    _file_size: Signal,
}

/// `SIGXFSZ` of Linux: a write is beyond the limit on the size of files. It fails then, and says so.
const FILE_SIZE: i32 = 25;

impl StopSignals {
    fn listen() -> io::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { interrupt, terminate, _file_size: signal(SignalKind::from_raw(FILE_SIZE))? })
    }

    /// Returns at Ctrl-C, or when the system asks.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
