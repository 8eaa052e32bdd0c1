//! `tradewind apply`: the project folder becomes what holds in a running process.

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::hosts;
use crate::command::printing::output::Mood;
use crate::command::printing::problems;
use crate::command::printing::table::Table;
use crate::command::project_folder;
use clap::Args;
use http::StatusCode;
use tradewind_api::types::{Applied, ErrorBody};
use tradewind_engine::problems::{Place, Problem};

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {}

pub(crate) async fn apply(cx: &Cx, _args: &ApplyArgs) -> Result<(), Error> {
    let folder = project_folder::read(&cx.dir, &cx.environment)?;
    if !folder.problems.is_empty() {
        return Err(problems::report(cx.output, folder.problems));
    }
    let answer = cx.client()?.put(&["project"], &folder.files).await?;
    if answer.status == StatusCode::UNPROCESSABLE_ENTITY {
        let body: ErrorBody = answer.typed()?;
        let count = body.error.problems.len();
        if count > 0 && answer.print_json(cx.output) {
            return Err(Error::Problems(count));
        }
        if count > 0 {
            let found = body.error.problems.into_iter().map(problem).collect();
            return Err(problems::report(cx.output, found));
        }
    }
    let answer = answer.accepted()?;
    if !answer.print_json(cx.output) {
        show(cx, &answer.typed()?);
    }
    Ok(())
}

fn problem(problem: tradewind_api::types::Problem) -> Problem {
    Problem {
        file: problem.file,
        place: Place { line: problem.line, column: problem.column },
        code: problem.code,
        message: problem.message,
        help: problem.help,
    }
}

fn show(cx: &Cx, applied: &Applied) {
    let mut table = Table::new(["", "WORKFLOW", "VERSION"]);
    for workflow in &applied.changed {
        let what = if workflow.version == 1 { "new" } else { "changed" };
        table.row(Mood::Good, [what.to_owned(), workflow.id.clone(), workflow.version.to_string()]);
    }
    for id in &applied.unchanged {
        table.row(Mood::Quiet, ["unchanged".to_owned(), id.clone(), String::new()]);
    }
    for id in &applied.removed {
        table.row(Mood::Bad, ["removed".to_owned(), id.clone(), String::new()]);
    }
    table.show(cx.output);
    if let Some(table) = hosts::table(&applied.hosts) {
        cx.output.line("");
        cx.output.line("Hosts that receive secrets");
        table.show(cx.output);
        hosts::explain(&applied.hosts, cx.output);
        cx.output.line("");
    }
    cx.output.line(format!("revision {} holds now", applied.revision));
}
