//! `tradewind resolve`: a person says what became of the step that parked a run.

use super::ask::ask_of_run;
use crate::command::cx::Cx;
use crate::command::error::Error;
use clap::{ArgGroup, Args};
use serde_json::Value;
use tradewind_api::types::{Outcome, ResolveRun};

/// Arguments of `resolve`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("outcome").required(true))]
pub struct ResolveArgs {
    /// The run, or the beginning of its id
    run: String,
    /// The step that parked it
    step: String,
    /// It happened
    #[arg(long, group = "outcome")]
    happened: bool,
    /// It did not happen: do it now
    #[arg(long, group = "outcome")]
    did_not: bool,
    /// It is not needed
    #[arg(long, group = "outcome")]
    skip: bool,
    /// What the step gave, where later steps need it
    #[arg(long, value_name = "JSON", conflicts_with_all = ["did_not", "skip"], value_parser = json)]
    output: Option<Value>,
}

pub(crate) async fn resolve(cx: &Cx, args: &ResolveArgs) -> Result<(), Error> {
    let outcome = match (args.happened, args.did_not) {
        (true, _) => Outcome::Happened,
        (false, true) => Outcome::DidNot,
        (false, false) => Outcome::Skip,
    };
    let body = ResolveRun { step: args.step.clone(), outcome, output: args.output.clone() };
    ask_of_run(cx, &args.run, "resolve", &body).await
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}
