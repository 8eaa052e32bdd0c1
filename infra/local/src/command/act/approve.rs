//! `tradewind approve`: a person says yes or no to what a run asks.

use super::ask::ask_of_run;
use crate::command::cx::Cx;
use crate::command::error::Error;
use clap::{ArgGroup, Args};
use tradewind_api::types::ApproveRun;

/// Arguments of `approve`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("decision").required(true))]
pub struct ApproveArgs {
    /// The run, or the beginning of its id
    run: String,
    /// The step that asks, where several do
    step: Option<String>,
    /// Approve it: the run goes on
    #[arg(long, group = "decision")]
    yes: bool,
    /// Decline it: what the approval says under `otherwise` follows
    #[arg(long, group = "decision")]
    no: bool,
}

pub(crate) async fn approve(cx: &Cx, args: &ApproveArgs) -> Result<(), Error> {
    let body = ApproveRun { step: args.step.clone(), approved: args.yes };
    ask_of_run(cx, &args.run, "approve", &body).await
}
