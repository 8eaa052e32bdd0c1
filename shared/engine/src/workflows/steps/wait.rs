//! A step that waits: for a time, or for an event.

use super::super::durations::DELAY_MAX;
use super::super::event_by_key::event_by_key;
use super::super::values::{duration, expression};
use super::super::{EventWait, WaitFor};
use crate::expressions::{Content, Template};
use crate::problems::Problem;
use crate::yaml::Node;
use crate::yaml::fields::{Fields, mismatch};

/// What a step with `wait` waits for.
pub(super) fn wait(node: &Node, problems: &mut Vec<Problem>) -> Option<WaitFor> {
    let fields = Fields::of(node, "`wait`", problems)?;
    if fields.value("event").is_some() {
        return event(&fields, problems).map(|wait| WaitFor::Event(Box::new(wait)));
    }
    fields.refuse_others(&["for", "until"], problems);
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
                Problem::new("missing_key", fields.place, "`wait` needs `for`, `until` or `event`");
            let help =
                "write `for: 30m`, or `until:` with a moment, or `event:` with `key` and `for`";
            problems.push(problem.with_help(help));
            None
        }
    }
}

/// It always has an end: whoever waits for what never comes goes on in the end.
fn event(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<EventWait> {
    fields.refuse_others(&["event", "from", "key", "if", "for"], problems);
    let condition = expression(fields, "if", problems);
    let has_length = fields.required("for", problems).is_some();
    let length = duration(fields, "for", DELAY_MAX, problems).filter(|_| has_length);
    let awaited = event_by_key(fields, "no step waits for the end of a run", problems)?;
    Some(EventWait { awaited, condition, length: length? })
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
