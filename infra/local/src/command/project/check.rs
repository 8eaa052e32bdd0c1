//! `tradewind check`: the project folder against the catalog, without any process.

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::problems;
use crate::command::project_folder;
use serde_json::json;
use tradewind_api::types;
use tradewind_connectors::catalog::catalog;
use tradewind_engine::ids::WorkflowId;
use tradewind_platform::apply;

pub(crate) fn check(cx: &Cx) -> Result<(), Error> {
    let folder = project_folder::read(&cx.dir, &cx.environment)?;
    let checked = apply::check(&catalog(), &folder.files, &cx.allowed_hosts);
    let mut found = folder.problems;
    let (connections, notes) = match checked {
        Ok(checked) => (checked.project.connections.len(), checked.notes),
        Err(problems) => {
            found.extend(problems);
            (0, Vec::new())
        }
    };
    if !found.is_empty() {
        return Err(problems::report(cx.output, found));
    }
    let workflows: Vec<&WorkflowId> = folder.files.workflows.keys().collect();
    if cx.output.json {
        let notes: Vec<types::Problem> = notes.into_iter().map(Into::into).collect();
        let document = json!({ "problems": [], "notes": notes, "workflows": workflows });
        cx.output.document(&document);
        return Ok(());
    }
    for note in &notes {
        let (file, place) = (&note.file, note.place);
        cx.output.line(format!("{file}:{}:{}: note: {}", place.line, place.column, note.message));
    }
    cx.output.line(format!(
        "no problems: {}, {}",
        counted(connections, "connection"),
        counted(workflows.len(), "workflow")
    ));
    if workflows.is_empty() {
        cx.output.line("Nothing happens yet: put a workflow into workflows/<id>.yaml.");
    }
    Ok(())
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}
