//! A step that waits.

use super::super::WaitFor;
use super::super::durations::DELAY_MAX;
use super::super::values::duration;
use crate::expressions::{Content, Template};
use crate::problems::Problem;
use crate::yaml::Node;
use crate::yaml::fields::{Fields, mismatch};

/// What a step with `wait` waits for.
pub(super) fn wait(node: &Node, problems: &mut Vec<Problem>) -> Option<WaitFor> {
    let fields = Fields::of(node, "`wait`", problems)?;
    fields.refuse_others(&["for", "until"], &["event", "key", "if"], problems);
    match (fields.value("for"), fields.value("until")) {
        (Some(_), None) => duration(&fields, "for", DELAY_MAX, problems).map(WaitFor::Duration),
        (None, Some(until)) => moment(until, problems).map(WaitFor::Moment),
        (Some(_), Some(until)) => {
            let message = "`wait` takes `for` or `until`, not both";
            problems.push(Problem::new("unknown_key", until.place, message));
            None
        }
        (None, None) => {
            let problem =
                Problem::new("missing_key", fields.place, "`wait` needs `for` or `until`");
            problems.push(problem.with_help("write `for: 30m`, or `until:` with a moment"));
            None
        }
    }
}

/// Written out, it is judged here; an expression only when the run comes to it.
fn moment(node: &Node, problems: &mut Vec<Problem>) -> Option<Template> {
    let Some(text) = node.as_text() else {
        problems.push(mismatch(node, "until", "text"));
        return None;
    };
    if !text.contains("${{") && text.parse::<crate::time::Timestamp>().is_err() {
        let problem = Problem::new("type_mismatch", node.place, "`until` must be a moment");
        let help = "write it as in \"2026-12-24T08:00:00Z\" or as an expression, `${{ … }}`";
        problems.push(problem.with_help(help));
        return None;
    }
    let template = Template::compile(node).map_err(|found| problems.extend(found)).ok()?;
    if matches!(template.root().content, Content::Mixed(_)) {
        let problem = Problem::new("type_mismatch", node.place, "`until` must be one moment");
        problems.push(
            problem.with_help("write it as one expression, `${{ … }}`, and nothing around it"),
        );
    }
    Some(template)
}
