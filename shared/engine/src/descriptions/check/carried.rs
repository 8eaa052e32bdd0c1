//! What a request carries of a step's input, and so what a provider cannot carry.

use crate::descriptions::{Action, Body, Form, FormContent, FormMember, Parts, Using, Way};
use crate::expressions::{Expression, Piece};
use serde_json::Value;
use std::collections::BTreeSet;

/// So deep parts are followed.
const PARTS_DEPTH_MAX: usize = 8;

/// The fields of the input that no request of an action refers to, of a contract whose input has this schema.
pub fn not_carried(action: &Action, parts: &Parts, input: &Value) -> Vec<String> {
    let sent: BTreeSet<_> = action.ways.iter().flat_map(|way| sent(way, parts)).collect();
    let is_sent = |field: &str| {
        sent.iter().any(|path| {
            let mut members = path.split('.');
            members.next() == Some("input") && members.next().is_none_or(|first| first == field)
        })
    };
    let fields = input.get("properties").and_then(Value::as_object);
    let names = fields.into_iter().flatten().map(|(name, _)| name);
    names.filter(|name| !is_sent(name)).cloned().collect()
}

/// The paths whose values a request sends; conditions send nothing.
pub(super) fn sent(way: &Way, parts: &Parts) -> BTreeSet<String> {
    let mut sent = Sent { parts, paths: BTreeSet::new(), used: BTreeSet::new() };
    for expression in way.path.expressions() {
        sent.expression(expression, None);
    }
    way.query.iter().chain(&way.headers).for_each(|member| sent.member(member, None, 0));
    if let Body::Json(form) | Body::Form { fields: form, .. } = &way.body {
        sent.form(form, None, 0);
    }
    sent.paths
}

struct Sent<'a> {
    parts: &'a Parts,
    paths: BTreeSet<String>,
    /// Parts that were looked at, each with what it saw as `it`: once is enough.
    used: BTreeSet<(String, Option<String>)>,
}

impl Sent<'_> {
    /// `it`: what a part sees as that, where it is a path.
    fn expression(&mut self, expression: &Expression, it: Option<&str>) {
        self.paths.extend(expression.values_used().iter().map(|path| resolved(path, it)));
    }

    /// A part, and what it sees as `it`, where that is a path. Of what is no path all counts as sent.
    fn using(&mut self, using: &Using, it: Option<&str>, depth: usize) -> Option<String> {
        let path = using.of.references().iter().find(|path| *path == using.of.source());
        let within = path.map(|path| resolved(path, it));
        if within.is_none() {
            self.expression(&using.of, it);
        }
        let part = self.parts.get(&using.part).filter(|_| depth < PARTS_DEPTH_MAX);
        if let Some(part) = part
            && self.used.insert((using.part.clone(), within.clone()))
        {
            self.form(&part.form, within.as_deref(), depth + 1);
        }
        within
    }

    fn member(&mut self, member: &FormMember, it: Option<&str>, depth: usize) {
        self.form(&member.value, it, depth);
    }

    fn form(&mut self, form: &Form, it: Option<&str>, depth: usize) {
        match &form.content {
            FormContent::Literal(_) => {}
            FormContent::Whole(expression) => self.expression(expression, it),
            FormContent::Mixed(pieces) => {
                pieces
                    .iter()
                    .filter_map(Piece::expression)
                    .for_each(|one| self.expression(one, it));
            }
            FormContent::List(items) => items.iter().for_each(|item| self.form(item, it, depth)),
            FormContent::Each(each) => {
                self.expression(&each.items, it);
                each.key.iter().for_each(|key| self.expression(key, it));
                self.form(&each.item, it, depth);
            }
            FormContent::Map(map) => {
                let within = map.using.as_ref().map(|using| self.using(using, it, depth));
                let it = within.as_ref().map_or(it, Option::as_deref);
                map.merge.iter().for_each(|merge| self.expression(merge, it));
                map.members.iter().for_each(|member| self.member(member, it, depth));
            }
        }
    }
}

/// The path, with what `it` is in place of that.
fn resolved(path: &str, it: Option<&str>) -> String {
    let below = path.strip_prefix("it").filter(|rest| rest.is_empty() || rest.starts_with('.'));
    match (below, it) {
        (Some(below), Some(it)) => format!("{it}{below}"),
        _ => path.to_owned(),
    }
}
