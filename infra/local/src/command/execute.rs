//! From the parsed command line to the exit code.

use super::cli::Cli;
use super::cx::Cx;
use super::environment::Environment;
use super::error::{Error, Exit};
use super::printing::output::Output;
use serde_json::json;
use tradewind_engine::causes::chain;

/// Does what was asked for, says what became of it, and returns what the exit code says.
pub async fn execute(cli: Cli, environment: Environment) -> Exit {
    let no_colour = environment.value("NO_COLOR").is_some()
        || environment.value("TERM").is_some_and(|terminal| terminal == "dumb");
    let output = Output::new(cli.global.json, no_colour);
    let cx = Cx::new(cli.global, output, environment);
    match Box::pin(cli.command.run(&cx)).await {
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
