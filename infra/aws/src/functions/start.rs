//! How every function starts: log, environment, and a runtime for its one request at a time.

use super::Parts;
use crate::metrics;
use crate::stage::Stage;
use lambda_runtime::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tradewind_engine::texts::visible_json;
use tradewind_system::may_be_logged;

/// Runs `serve` until Lambda ends the process. Why a function could not start is in its log.
pub(super) fn start(serve: impl AsyncFnOnce(Parts) -> Result<(), Error>) -> ExitCode {
    let stage = Stage::new(std::env::vars());
    log(stage.log_filter());
    tell_panics_quietly();
    if let Ok(name) = stage.name() {
        metrics::set_stage(name);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served = match runtime {
        Ok(runtime) => runtime.block_on(async { serve(Parts::new(stage)?).await }),
        Err(error) => Err(error.into()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the function could not start");
            ExitCode::FAILURE
        }
    }
}

/// One line of JSON for each entry, which is what CloudWatch can search in.
fn log(filter: Option<&str>) {
    let filter = filter.and_then(|filter| EnvFilter::try_new(filter).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_writer(|| Visible)
        // It would say so on standard error, and panic where that cannot be written to.
        .log_internal_errors(false);
    let allowed = filter_fn(may_be_logged);
    tracing_subscriber::registry().with(filter).with(allowed).with(lines).with(Counted).init();
}

/// Standard output, for lines of JSON with others' text in them: people read them in a terminal as well.
struct Visible;

impl Write for Visible {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let shown = visible_json(&String::from_utf8_lossy(line));
        io::stdout().lock().write_all(shown.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().lock().flush()
    }
}

/// Counts what is logged as an error, so that the alarm and the log speak of the same.
struct Counted;

impl<S: Subscriber> Layer<S> for Counted {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::ERROR {
            metrics::failed();
        }
    }
}

/// Where, but not what: the message of a panic may hold what others wrote.
fn tell_panics_quietly() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a panic: this is a bug");
    }));
}
