//! Showing what is wrong with a project.

use super::output::{Line, Mood, Output};
use crate::command::error::Error;
use serde_json::json;
use tradewind_api::types;
use tradewind_engine::problems::Problem;

/// Shows all problems, sorted by their places; the error says how many there are.
pub(crate) fn report(output: Output, mut problems: Vec<Problem>) -> Error {
    problems.sort_by(|a, b| (&a.file, a.place).cmp(&(&b.file, b.place)));
    if output.json {
        let count = problems.len();
        let problems: Vec<types::Problem> = problems.into_iter().map(Into::into).collect();
        output.document(&json!({ "problems": problems }));
        return Error::Problems(count);
    }
    for problem in &problems {
        let place = match problem.file.as_str() {
            "" => String::new(),
            file => format!("{file}:{}:{}: ", problem.place.line, problem.place.column),
        };
        let line = Line::from(place).paint(Mood::Bad, &problem.code);
        output.line(line.then(format!(": {}", problem.message)));
        if let Some(help) = &problem.help {
            output.line(format!("    help: {help}"));
        }
    }
    Error::Problems(problems.len())
}
