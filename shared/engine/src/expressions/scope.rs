//! What an expression can see.

use minijinja::Value;
use minijinja::value::Serde;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The data of a run, prepared once and shared by all expressions that are evaluated on it.
#[derive(Clone, Debug)]
pub struct Scope {
    names: BTreeMap<Cow<'static, str>, Value>,
    /// The same for minijinja, made when an expression is evaluated first.
    context: OnceLock<Value>,
}

impl Scope {
    /// What stands below `trigger` and below `steps`: per step its outputs and its `status`.
    pub fn new(trigger: &serde_json::Value, steps: &serde_json::Value) -> Self {
        Self::of([("trigger", trigger), ("steps", steps)])
    }

    /// What stands below each of these names.
    pub fn of<'a>(names: impl IntoIterator<Item = (&'static str, &'a serde_json::Value)>) -> Self {
        let names = names.into_iter();
        Self {
            names: names.map(|(name, value)| (name.into(), Value::from(Serde(value)))).collect(),
            context: OnceLock::new(),
        }
    }

    /// What stands below `failure`, while `on_failure` runs: step, reason, attempts, run.
    #[must_use]
    pub fn with_failure(self, failure: &serde_json::Value) -> Self {
        self.with("failure", failure)
    }

    /// What stands below `now`: a fresh read, for `only_if_still`.
    #[must_use]
    pub fn with_now(self, now: &serde_json::Value) -> Self {
        self.with("now", now)
    }

    /// What stands below `event`: one that a step waits for.
    #[must_use]
    pub fn with_event(self, event: &serde_json::Value) -> Self {
        self.with("event", event)
    }

    /// What stands below `approval`, in a message that tells of one: question, link.
    #[must_use]
    pub fn with_approval(self, approval: &serde_json::Value) -> Self {
        self.with("approval", approval)
    }

    /// The item of a loop, under the name that the loop gives it.
    #[must_use]
    pub fn with_item(self, name: &str, item: &serde_json::Value) -> Self {
        self.with(name.to_owned(), item)
    }

    fn with(mut self, name: impl Into<Cow<'static, str>>, value: &serde_json::Value) -> Self {
        self.names.insert(name.into(), Value::from(Serde(value)));
        self.context.take();
        self
    }

    /// The context for minijinja; copies handles, never data.
    pub(super) fn context(&self) -> Value {
        let names = || self.names.iter().map(|(name, value)| (name.as_ref(), value.clone()));
        self.context.get_or_init(|| Value::from_pairs(names())).clone()
    }

    /// Whether a dotted path leads to something.
    pub(super) fn has(&self, path: &str) -> bool {
        self.at(path).is_some()
    }

    /// What a dotted path leads to.
    pub(super) fn at(&self, path: &str) -> Option<Value> {
        let mut members = path.split('.');
        let root = members.next().and_then(|name| self.names.get(name))?.clone();
        members.try_fold(root, |value, name| {
            value.get_attr(name).ok().filter(|member| !member.is_undefined())
        })
    }
}
