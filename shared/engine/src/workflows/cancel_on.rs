//! `cancel_on`: the events that end a run of the workflow.

use super::steps::check_own_name;
use super::values::bare_expression;
use crate::definitions::Listening;
use crate::events::is_own;
use crate::expressions::Expression;
use crate::ids::ConnectionName;
use crate::problems::{Place, Problem};
use crate::yaml::fields::{Fields, mismatch, text};
use crate::yaml::{Node, Yaml};

/// The most events that end a run.
pub const CANCEL_ON_MAX: usize = 10;

/// An event that ends a run.
#[derive(Clone, Debug)]
pub struct CancelOn {
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
    /// As the run's own trigger has it.
    pub run: Expression,
    /// As the event has it, which is `trigger` there.
    pub event: Expression,
}

impl CancelOn {
    /// The connection that the event comes from, in a workflow whose own trigger comes from `trigger`.
    pub fn effective_from<'a>(
        &'a self,
        trigger: Option<&'a ConnectionName>,
    ) -> Option<&'a ConnectionName> {
        if is_own(&self.event) { None } else { self.from.as_ref().or(trigger) }
    }

    /// What dispatch is to listen to for it.
    pub fn listening(&self, trigger: Option<&ConnectionName>) -> Listening {
        Listening {
            event: self.event.clone(),
            from: self.effective_from(trigger).cloned(),
            key: self.key.event.source().to_owned(),
        }
    }
}

/// The events of `cancel_on`.
pub(super) fn cancel_on(node: &Node, problems: &mut Vec<Problem>) -> Vec<CancelOn> {
    let Yaml::List(nodes) = &node.value else {
        problems.push(mismatch(node, "cancel_on", "a list"));
        return Vec::new();
    };
    if nodes.is_empty() {
        problems.push(Problem::new("missing_key", node.place, "`cancel_on` needs an event"));
    }
    if let Some(node) = nodes.get(CANCEL_ON_MAX) {
        let message = format!("`cancel_on` holds at most {CANCEL_ON_MAX} events");
        problems.push(Problem::new("too_many_events", node.place, message));
    }
    nodes.iter().filter_map(|node| one(node, problems)).collect()
}

fn one(node: &Node, problems: &mut Vec<Problem>) -> Option<CancelOn> {
    let fields = Fields::of(node, "an entry of `cancel_on`", problems)?;
    fields.refuse_others(&["event", "from", "key"], &[], problems);
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
        let message = "the end of a run cancels no other";
        let problem = Problem::new("event_unfit", event_node.place, message);
        problems.push(problem.with_help("name an event of a connection, or one of your own"));
    }
    Some(CancelOn {
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
    fields.refuse_others(&["run", "event"], &[], problems);
    let mut side = |key: &str| {
        let node = fields.required(key, problems)?;
        bare_expression(node, key, problems)
    };
    let (run, event) = (side("run"), side("event"));
    Some(CommonKey { run: run?, event: event? })
}
