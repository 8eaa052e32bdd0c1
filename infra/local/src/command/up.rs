//! `tradewind up`: applies the folder and serves until it is told to stop. `tradewind demo`: shows
//! the platform at work.

use super::error::Error;
use super::execute::{Cx, DemoArgs, UpArgs};
use super::{folder, problems};
use crate::demo;
use crate::private;
use crate::runtime::{Options, Runtime, StartError};
use crate::store::OpenError;
use std::io;
use tokio::signal::unix::{SignalKind, signal};
use tradewind_engine::problems::Problem;
use tradewind_platform::apply::NotApplied;

pub(super) async fn up(cx: &Cx, args: &UpArgs) -> Result<(), Error> {
    let folder = folder::read(&cx.dir, &cx.environment)?;
    if !folder.problems.is_empty() {
        return Err(problems::report(cx.output, folder.problems));
    }
    // Before anything lies in it that must not get into version control.
    private::create_folder(&cx.data_dir).map_err(|source| {
        let path = cx.data_dir.clone();
        Error::Process(OpenError::Folder { path, source }.into())
    })?;
    let options = Options {
        files: folder.files,
        dir: cx.dir.clone(),
        data_dir: cx.data_dir.clone(),
        listen: args.listen,
        port: args.port,
        environment: cx.environment.variables().clone(),
    };
    let runtime = Runtime::start(&options).await.map_err(|error| not_started(cx, error))?;
    tell(cx, &runtime);
    let stopped = stop_signal().await;
    cx.output.note("stopping: work that is under way is finished first");
    runtime.stop().await;
    stopped.map_err(|error| Error::Process(error.into()))
}

pub(super) async fn demo(cx: &Cx, _args: &DemoArgs) -> Result<(), Error> {
    let shown = demo::demo().await.map_err(|error| Error::Process(error.into()))?;
    if cx.output.json {
        cx.output.document(&demo::document(&shown));
    } else {
        cx.output.line(demo::text(&shown).trim_end());
    }
    Ok(())
}

fn not_started(cx: &Cx, error: StartError) -> Error {
    match error {
        StartError::NotApplied(NotApplied::Problems(found)) => {
            problems::report(cx.output, found as Vec<Problem>)
        }
        error => Error::Process(error.into()),
    }
}

fn tell(cx: &Cx, runtime: &Runtime) {
    cx.output.note(format!("tradewind serves {} at {}", cx.dir.display(), runtime.url));
    let applied = &runtime.applied;
    cx.output.note(format!(
        "workflows: {} new or changed, {} as before, {} removed",
        applied.changed.len(),
        applied.unchanged.len(),
        applied.removed.len()
    ));
    let base = runtime.public_url.as_deref().unwrap_or(&runtime.url);
    for endpoint in &runtime.endpoints {
        let state = endpoint.not_ready.as_deref().unwrap_or("ready");
        cx.output.note(format!("webhooks: {base}{} ({state})", endpoint.path));
        for warning in &endpoint.warnings {
            cx.output.note(format!("          {warning}"));
        }
    }
}

/// Returns at Ctrl-C, or when the system asks the process to end.
async fn stop_signal() -> io::Result<()> {
    let mut end = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = end.recv() => Ok(()),
    }
}
