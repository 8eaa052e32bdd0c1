//! `tradewind cancel` and `resolve`, and the replay of one run: what people do with a run.

use super::cx::Cx;
use super::error::Error;
use super::run;
use super::runs::whole_id;
use clap::{ArgGroup, Args};
use serde::Serialize;
use serde_json::Value;
use tradewind_api::types::{Outcome, ReplayRun, ResolveRun};

/// Arguments of `cancel`.
#[derive(Debug, Args)]
pub struct CancelArgs {
    /// The run, or the beginning of its id
    run: String,
}

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

pub(super) async fn replay(cx: &Cx, run: &str, force: bool) -> Result<(), Error> {
    act(cx, run, "replay", &ReplayRun { force }).await
}

pub(super) async fn cancel(cx: &Cx, args: &CancelArgs) -> Result<(), Error> {
    act(cx, &args.run, "cancel", &serde_json::json!({})).await
}

pub(super) async fn resolve(cx: &Cx, args: &ResolveArgs) -> Result<(), Error> {
    let outcome = match (args.happened, args.did_not) {
        (true, _) => Outcome::Happened,
        (false, true) => Outcome::DidNot,
        (false, false) => Outcome::Skip,
    };
    let body = ResolveRun { step: args.step.clone(), outcome, output: args.output.clone() };
    act(cx, &args.run, "resolve", &body).await
}

async fn act(cx: &Cx, run: &str, action: &str, body: &impl Serialize) -> Result<(), Error> {
    let client = cx.client()?;
    let id = whole_id(&client, run).await?;
    let answer = client.post(&["runs", &id, action], body).await?;
    if !answer.is_shown(cx.output) {
        run::show(cx, &answer.typed()?);
    }
    Ok(())
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}
