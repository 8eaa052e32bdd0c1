//! Forms: the parts they use, what their expressions refer to, and whether they fit a schema.

use super::Check;
use super::roots::Roots;
use crate::descriptions::{Form, FormContent, FormMap, FormMember, Part, Parts, TextForm};
use crate::expressions::Piece;
use crate::problems::{Place, Problem};
use crate::schemas::{Tree, Written, check_fit};
use serde_json::Value;
use std::collections::BTreeSet;

/// What forms are looked at with.
#[derive(Clone, Copy)]
pub(super) struct Forms<'a> {
    pub(super) parts: &'a Parts,
}

/// So deep parts may stand in parts.
const PARTS_DEPTH_MAX: usize = 8;

impl<'a> Check<'a> {
    /// Parts: none uses itself, and each sees only what it is given.
    pub(super) fn parts(&mut self) {
        let parts = &self.description.parts;
        for part in parts.iter() {
            if leads_back(part, parts) {
                let message = format!("the part `{}` uses itself", part.name);
                self.problems.push(Problem::new("part_recursive", part.place, message));
            }
            self.form(&part.form, &Roots::part(self.schemas));
        }
    }

    /// What a form refers to, and the types of its words.
    pub(super) fn form<'r>(&mut self, form: &'r Form, roots: &Roots<'r>) {
        match &form.content {
            FormContent::Literal(_) => {}
            FormContent::Whole(expression) => self.references(expression, roots),
            FormContent::Mixed(pieces) => self.pieces(pieces, roots),
            FormContent::List(items) => items.iter().for_each(|item| self.form(item, roots)),
            FormContent::Map(map) => self.map(map, roots),
            FormContent::Each(each) => {
                self.condition(each.condition.as_ref(), roots, "$if");
                self.references(&each.items, roots);
                self.kinds(&each.items, roots, "$each", &["array"]);
                let within = roots.clone().with_open(&each.name);
                if let Some(key) = &each.key {
                    self.references(key, &within);
                    self.kinds(key, &within, "$key", &["string"]);
                }
                self.form(&each.item, &within);
            }
        }
    }

    fn map<'r>(&mut self, map: &'r FormMap, roots: &Roots<'r>) {
        self.condition(map.condition.as_ref(), roots, "$if");
        let mut within = None;
        if let Some(using) = &map.using {
            within = Some(roots.clone().with_open("it"));
            self.references(&using.of, roots);
            let parts = &self.description.parts;
            if parts.get(&using.part).is_none() {
                let message = format!("there is no part `{}`", using.part);
                let problem = Problem::new("unknown_part", using.place, message);
                let names = parts.iter().map(|part| part.name.as_str());
                self.problems.push(problem.with_nearest(&using.part, names));
            }
        }
        let roots = within.as_ref().unwrap_or(roots);
        if let Some(merge) = &map.merge {
            self.references(merge, roots);
            self.kinds(merge, roots, "$merge", &["object"]);
        }
        map.members.iter().for_each(|member| self.form(&member.value, roots));
    }

    fn pieces<'r>(&mut self, pieces: &'r [Piece], roots: &Roots<'r>) {
        for expression in pieces.iter().filter_map(Piece::expression) {
            self.references(expression, roots);
            self.kinds(expression, roots, "a piece of a text", &SCALARS);
        }
    }

    /// A text with expressions in it.
    pub(super) fn text<'r>(&mut self, text: &'r TextForm, roots: &Roots<'r>) {
        self.pieces(&text.pieces, roots);
    }

    /// Named values: a query, headers.
    pub(super) fn named<'r>(&mut self, members: &'r [FormMember], key: &str, roots: &Roots<'r>) {
        for member in members {
            self.form(&member.value, roots);
            if let FormContent::Whole(expression) = &member.value.content {
                self.kinds(expression, roots, &format!("{key}.{}", member.name), &SCALARS);
            }
        }
    }

    /// Whether a form gives what a schema says.
    pub(super) fn fits(&mut self, form: &'a Form, key: &str, schema: &Value, roots: &Roots<'a>) {
        let view = FormView { form, forms: self.forms(), depth: 0 };
        let shape_of = |expression: &_| roots.shape_of(expression);
        check_fit(view, key, schema, &shape_of, &mut self.problems);
    }

    pub(super) fn headers(&mut self) {
        let description = self.description;
        self.named(&description.headers, "headers", &Roots::base(self.schemas));
        for header in &description.headers {
            if http::HeaderName::try_from(&header.name).is_err() {
                let message = format!("`{}` is no name of a header", header.name);
                self.problems.push(Problem::new("header_invalid", header.place, message));
            }
        }
    }
}

const SCALARS: [&str; 4] = ["string", "integer", "number", "boolean"];

/// Whether a part is among those that it uses, or that these use; each of them is looked at once.
fn leads_back(part: &Part, parts: &Parts) -> bool {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut next = vec![part];
    while let Some(from) = next.pop() {
        for using in from.form.uses() {
            if using.part == part.name {
                return true;
            }
            let Some(used) = parts.get(&using.part) else { continue };
            if seen.insert(&used.name) {
                next.push(used);
            }
        }
    }
    false
}

/// A form as a tree, with the parts it uses in their places.
#[derive(Clone, Copy)]
struct FormView<'a> {
    form: &'a Form,
    forms: Forms<'a>,
    depth: usize,
}

impl<'a> FormView<'a> {
    fn of(self, form: &'a Form) -> Self {
        Self { form, ..self }
    }

    /// The members of a map, and whether there may be others.
    fn members(self, map: &'a FormMap) -> (Vec<(&'a str, Place, Self)>, bool) {
        let mut open = map.merge.is_some();
        let mut members = Vec::new();
        if let Some(using) = &map.using {
            let part = self.forms.parts.get(&using.part);
            match part.map(|part| &part.form.content) {
                Some(FormContent::Map(part)) if self.depth < PARTS_DEPTH_MAX => {
                    let within = Self { depth: self.depth + 1, ..self };
                    let (found, is_open) = within.members(part);
                    // In the file they stand elsewhere: what is wrong with one is told of there.
                    members = found;
                    open |= is_open;
                }
                _ => open = true,
            }
        }
        for member in &map.members {
            members.retain(|(name, ..)| *name != member.name);
            members.push((member.name.as_str(), member.place, self.of(&member.value)));
        }
        (members, open)
    }
}

impl<'a> Tree<'a> for FormView<'a> {
    fn place(self) -> Place {
        self.form.place
    }

    fn written(self) -> Written<'a, Self> {
        match &self.form.content {
            FormContent::Literal(value) => Written::Literal(value),
            FormContent::Whole(expression) => Written::Whole(expression),
            FormContent::Mixed(_) => Written::Mixed,
            FormContent::List(items) => {
                Written::List(items.iter().map(|item| self.of(item)).collect())
            }
            FormContent::Each(each) if each.key.is_some() => {
                Written::Map { members: Vec::new(), open: true }
            }
            FormContent::Each(each) => Written::List(vec![self.of(&each.item)]),
            FormContent::Map(map) => {
                let (members, open) = self.members(map);
                Written::Map { members, open }
            }
        }
    }
}
