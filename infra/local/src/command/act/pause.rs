//! `tradewind pause` and `resume`: a workflow whose runs stand still, or go on.

use crate::command::cx::Cx;
use crate::command::error::Error;
use clap::Args;
use serde_json::json;

/// Arguments of `pause` and `resume`.
#[derive(Debug, Args)]
pub struct WorkflowArgs {
    /// The workflow: its path below workflows/ without .yaml
    workflow: String,
}

pub(crate) async fn pause(cx: &Cx, args: &WorkflowArgs) -> Result<(), Error> {
    let text = "its runs stand still, and new events are taken; go on with `tradewind resume`";
    change(cx, &args.workflow, "pause", &format!("{} is paused: {text}", args.workflow)).await
}

pub(crate) async fn resume(cx: &Cx, args: &WorkflowArgs) -> Result<(), Error> {
    change(cx, &args.workflow, "resume", &format!("{} goes on", args.workflow)).await
}

async fn change(cx: &Cx, workflow: &str, action: &str, done: &str) -> Result<(), Error> {
    let answer = cx.client()?.post(&["workflows", workflow, action], &json!({})).await?;
    if !answer.print_json(cx.output) {
        cx.output.line(done);
    }
    Ok(())
}
