//! What must not change while a try may have arrived: where its call goes, and by what a second one is known again.

use super::{Body, Description, Form, FormContent, FormMember, KeyPlace, Method, TextForm, Way};
use crate::digests::hex;
use crate::effects::{EffectClass, EffectIdentity};
use crate::expressions::{Expression, Piece};
use ring::digest::{SHA256, digest};
use std::fmt::Write as _;

/// So many bytes of the digest are kept.
const IDENTITY_BYTES: usize = 16;

impl Description {
    /// The identity of an action's effect: of its class, the place of its key, host, method and path, the question
    /// whether it happened, and of class keyed the body, which vendors compare. Places, comments, rules, reasons and
    /// outputs are no part of it: a file may be repaired while runs wait. Nor are the settings of the connection.
    pub fn effect_identity(&self, action: &str) -> Option<EffectIdentity> {
        let action = self.action(action)?;
        let mut written = Written { description: self, text: String::new(), has_maps: false };
        written.line("host", &self.base_url.source());
        if let Some(find) = &action.find {
            written.line("find", method(find.method));
            written.path(&find.path);
            written.members(&find.query);
            written.body(&find.body);
            written.expression("happened", &find.happened);
        }
        for way in &action.ways {
            written.way(way);
        }
        if written.has_maps {
            written.line("maps", &self.maps.to_string());
        }
        let digest = digest(&SHA256, written.text.as_bytes());
        Some(EffectIdentity::new(hex(&digest.as_ref()[..IDENTITY_BYTES])))
    }
}

/// What the identity is the digest of: lines that no other file writes by chance.
struct Written<'a> {
    description: &'a Description,
    text: String,
    /// Whether one of its expressions looks into a table of words.
    has_maps: bool,
}

impl Written<'_> {
    fn line(&mut self, name: &str, value: &str) {
        // As Rust writes texts, so that a value cannot look like two lines.
        let _ = writeln!(self.text, "{name} {value:?}");
    }

    fn way(&mut self, way: &Way) {
        if let Some(condition) = &way.condition {
            self.expression("if", condition);
        }
        self.line("class", class(way.class));
        self.line("method", method(way.method));
        self.path(&way.path);
        if let Some(key) = &way.key {
            match &key.sent {
                None => self.line("key", "in the request"),
                Some(KeyPlace::Header(name)) => self.line("key in header", name),
                Some(KeyPlace::Query(name)) => self.line("key in query", name),
                Some(KeyPlace::Body(name)) => self.line("key in body", name),
            }
            let _ = writeln!(self.text, "as {:?} {:?}", key.form, key.max);
        }
        if way.class == EffectClass::Keyed {
            self.members(&way.query);
            self.body(&way.body);
        }
    }

    fn path(&mut self, path: &TextForm) {
        self.pieces("path", &path.pieces);
    }

    fn pieces(&mut self, name: &str, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.line(name, text),
                Piece::Expression(expression) => self.expression(name, expression),
            }
        }
    }

    fn expression(&mut self, name: &str, expression: &Expression) {
        let looks_into_maps = |path: &String| path.split('.').next() == Some("maps");
        self.has_maps |= expression.references().iter().any(looks_into_maps);
        self.line(name, "${{");
        self.line(name, expression.source());
    }

    fn body(&mut self, body: &Body) {
        match body {
            Body::None => {}
            Body::Json(form) => self.form("json", form),
            Body::Form { fields, lists } => {
                let _ = writeln!(self.text, "form {lists:?}");
                self.form("form", fields);
            }
        }
    }

    fn members(&mut self, members: &[FormMember]) {
        for member in members {
            self.form(&format!("{:?}", member.name), &member.value);
        }
    }

    fn form(&mut self, name: &str, form: &Form) {
        match &form.content {
            FormContent::Literal(value) => self.line(name, &value.to_string()),
            FormContent::Whole(expression) => self.expression(name, expression),
            FormContent::Mixed(pieces) => self.pieces(name, pieces),
            FormContent::List(items) => {
                self.line(name, "[");
                items.iter().for_each(|item| self.form("-", item));
                self.line(name, "]");
            }
            FormContent::Map(map) => {
                self.line(name, "{");
                for (word, expression) in [("$if", &map.condition), ("$merge", &map.merge)] {
                    expression.iter().for_each(|expression| self.expression(word, expression));
                }
                if let Some(using) = &map.using {
                    self.expression("$of", &using.of);
                    // No part uses itself, which was checked when the file was read.
                    if let Some(part) = self.description.parts.get(&using.part) {
                        self.form("$use", &part.form);
                    }
                }
                self.members(&map.members);
                self.line(name, "}");
            }
            FormContent::Each(each) => {
                self.expression("$each", &each.items);
                self.line("$as", &each.name);
                for (word, expression) in [("$if", &each.condition), ("$key", &each.key)] {
                    expression.iter().for_each(|expression| self.expression(word, expression));
                }
                self.form("$item", &each.item);
            }
        }
    }
}

fn class(class: EffectClass) -> &'static str {
    match class {
        EffectClass::Keyed => "keyed",
        EffectClass::Natural => "natural",
        EffectClass::Queryable => "queryable",
        EffectClass::Neither => "neither",
    }
}

fn method(method: Method) -> &'static str {
    Method::ALL.iter().find(|(_, one)| *one == method).map_or("", |(key, _)| key)
}
