//! What workflows see of an event as `trigger`: made once for all of them.
//!
//! Invariant: the body as it came, which may be long, is read only where a workflow refers to it.

use crate::deployed::Compiled;
use serde_json::{Map, Value};
use std::cell::OnceCell;
use tradewind_engine::events::Event;
use tradewind_engine::expressions::Scope;

/// An event as workflows see it.
pub(crate) struct SeenEvent<'a> {
    /// The event.
    pub(crate) event: &'a Event,
    whole: OnceCell<Trigger>,
    without_raw: OnceCell<Trigger>,
}

struct Trigger {
    value: Value,
    scope: Scope,
}

impl<'a> SeenEvent<'a> {
    pub(crate) fn new(event: &'a Event) -> Self {
        Self { event, whole: OnceCell::new(), without_raw: OnceCell::new() }
    }

    /// What the expressions of the workflow's trigger may refer to.
    pub(super) fn scope(&self, compiled: &Compiled) -> &Scope {
        &self.trigger(compiled).scope
    }

    /// The parts of `trigger` that the workflow refers to, so that the run is complete without its event.
    pub(super) fn input(&self, compiled: &Compiled) -> Value {
        let references = compiled.workflow.references();
        selected(&self.trigger(compiled).value, references.iter().map(String::as_str))
    }

    fn trigger(&self, compiled: &Compiled) -> &Trigger {
        match refers_to_raw(compiled) {
            true => self.whole.get_or_init(|| Trigger::new(self.event.trigger())),
            false => {
                self.without_raw.get_or_init(|| Trigger::new(self.event.trigger_without_raw()))
            }
        }
    }
}

impl Trigger {
    fn new(value: Value) -> Self {
        let scope = Scope::new(&value, &Value::Object(Map::new()));
        Self { value, scope }
    }
}

fn refers_to_raw(compiled: &Compiled) -> bool {
    let is_raw = |path: &String| {
        path == "trigger" || path == "trigger.raw" || path.starts_with("trigger.raw.")
    };
    compiled.workflow.references().iter().any(is_raw)
}

/// The members of `trigger` that these paths refer to.
pub(crate) fn selected<'a>(trigger: &Value, references: impl Iterator<Item = &'a str>) -> Value {
    let mut input = Value::Object(Map::new());
    for reference in references {
        let mut members = reference.split('.');
        if members.next() == Some("trigger") {
            copy_member(&mut input, trigger, &members.collect::<Vec<_>>());
        }
    }
    input
}

fn copy_member(to: &mut Value, from: &Value, members: &[&str]) {
    let Some((first, rest)) = members.split_first() else {
        *to = from.clone();
        return;
    };
    let Value::Object(fields) = from else {
        *to = from.clone();
        return;
    };
    let (Some(value), Value::Object(to)) = (fields.get(*first), to) else { return };
    let slot = to.entry((*first).to_owned()).or_insert_with(|| match value {
        Value::Object(_) if !rest.is_empty() => Value::Object(Map::new()),
        _ => value.clone(),
    });
    copy_member(slot, value, rest);
}
