//! An event that is for a run because both have something in common: it ends the run (`cancel_on`), or the run
//! waits for it (`wait`).

use super::steps::check_own_name;
use super::values::bare_expression;
use crate::definitions::Listening;
use crate::events::is_own;
use crate::expressions::Expression;
use crate::ids::ConnectionName;
use crate::problems::{Place, Problem};
use crate::yaml::fields::{Fields, text};
use crate::yaml::{Node, Yaml};

/// An event that is for the runs which have something in common with it.
#[derive(Clone, Debug)]
pub struct EventByKey {
    /// The event.
    pub event: String,
    /// The connection that it comes from, where that is said.
    pub from: Option<ConnectionName>,
    /// What it has in common with the run.
    pub key: CommonKey,
    /// Where the event stands.
    pub place: Place,
    /// Where the connection stands.
    pub from_place: Place,
}

/// What a run and an event have in common: the same text or number.
#[derive(Clone, Debug)]
pub struct CommonKey {
    /// As the run has it.
    pub run: Expression,
    /// As the event has it, which is `trigger` there.
    pub event: Expression,
}

impl EventByKey {
    /// The connection that the event comes from, in a workflow whose own trigger comes from `trigger`.
    pub fn effective_from<'a>(
        &'a self,
        trigger: Option<&'a ConnectionName>,
    ) -> Option<&'a ConnectionName> {
        if is_own(&self.event) { None } else { self.from.as_ref().or(trigger) }
    }

    /// What dispatch is to listen to for it.
    pub fn listening(&self, trigger: Option<&ConnectionName>, is_awaited: bool) -> Listening {
        Listening {
            event: self.event.clone(),
            from: self.effective_from(trigger).cloned(),
            key: self.key.event.source().to_owned(),
            is_awaited,
        }
    }
}

/// The event of these fields. `no_run`: why it cannot be the end of a run.
pub(super) fn event_by_key(
    fields: &Fields<'_>,
    no_run: &str,
    problems: &mut Vec<Problem>,
) -> Option<EventByKey> {
    let from = fields.text("from", problems);
    let key = fields.required("key", problems);
    let key = key.and_then(|node| common_key(node, problems));
    let event_node = fields.required("event", problems)?;
    let event = text(event_node, "event", problems)?;
    if is_own(event) {
        check_own_name(event, event_node.place, problems);
        if let Some(node) = fields.value("from") {
            let message = "an event of your own comes from no connection";
            problems.push(Problem::new("unknown_key", node.place, message));
        }
    } else if event.starts_with("run.") {
        let problem = Problem::new("event_unfit", event_node.place, no_run);
        problems.push(problem.with_help("name an event of a connection, or one of your own"));
    }
    Some(EventByKey {
        event: event.to_owned(),
        from: from.map(Into::into),
        key: key?,
        place: event_node.place,
        from_place: fields.value("from").map_or(fields.place, |from| from.place),
    })
}

/// One expression for both, or one for each.
fn common_key(node: &Node, problems: &mut Vec<Problem>) -> Option<CommonKey> {
    if !matches!(node.value, Yaml::Map(_)) {
        let both = bare_expression(node, "key", problems)?;
        return Some(CommonKey { run: both.clone(), event: both });
    }
    let fields = Fields::of(node, "`key`", problems)?;
    fields.refuse_others(&["run", "event"], problems);
    let mut side = |key: &str| {
        let node = fields.required(key, problems)?;
        bare_expression(node, key, problems)
    };
    let (run, event) = (side("run"), side("event"));
    Some(CommonKey { run: run?, event: event? })
}
