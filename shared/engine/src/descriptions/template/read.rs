//! From YAML to forms.

use super::{Each, Form, FormContent, FormMap, FormMember, Part, TextForm, Using};
use crate::descriptions::limits::FORM_DEPTH_MAX;
use crate::descriptions::reader::Reader;
use crate::expressions::{Content, Missing, Piece, compile_text};
use crate::problems::{Place, Problem};
use crate::yaml::fields::Fields;
use crate::yaml::{Entry, Node, Yaml};

const WORDS: [&str; 8] = ["$if", "$each", "$as", "$key", "$item", "$use", "$of", "$merge"];

/// The form of a value.
pub(crate) fn form(node: &Node, reader: &mut Reader) -> Form {
    within(node, 1, reader)
}

/// The named values of a map in which no word of a form stands: a query, headers.
pub(crate) fn members(node: &Node, key: &str, reader: &mut Reader) -> Vec<FormMember> {
    let fields = Fields::of(node, &format!("`{key}`"), &mut reader.problems);
    let entries = fields.iter().flat_map(Fields::entries);
    let mut members = Vec::new();
    for entry in entries {
        let value = form(&entry.value, reader);
        if matches!(
            value.content,
            FormContent::Map(_) | FormContent::Each(_) | FormContent::List(_)
        ) {
            let message =
                format!("`{key}.{}` must be one value, but is {}", entry.key, entry.value.kind());
            reader.problem("type_mismatch", entry.value.place, message);
        }
        reader.refuse_expression_in_key(entry);
        members.push(FormMember { name: entry.key.clone(), place: entry.place, value });
    }
    members
}

/// A named form.
pub(crate) fn part(entry: &Entry, reader: &mut Reader) -> Part {
    let form = form(&entry.value, reader);
    if !matches!(form.content, FormContent::Map(_)) {
        let message =
            format!("the part `{}` must be a map, but is {}", entry.key, entry.value.kind());
        reader.problem("type_mismatch", entry.value.place, message);
    }
    Part { name: entry.key.clone(), place: entry.place, form }
}

impl TextForm {
    /// The text of a value.
    pub(crate) fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let text = crate::yaml::fields::text(node, key, &mut reader.problems)?;
        let content = content(node, text, reader);
        let pieces = match content {
            FormContent::Whole(expression) => vec![Piece::Expression(expression)],
            FormContent::Mixed(pieces) => pieces,
            _ => vec![Piece::Text(text.to_owned())],
        };
        Some(Self { place: node.place, pieces })
    }
}

fn within(node: &Node, depth: usize, reader: &mut Reader) -> Form {
    if depth > FORM_DEPTH_MAX {
        let message = format!("lists and maps are nested more than {FORM_DEPTH_MAX} deep here");
        reader.problem("yaml_too_deep", node.place, message);
        return Form::literal(serde_json::Value::Null, node.place);
    }
    let content = match &node.value {
        Yaml::Text(text) => content(node, text, reader),
        Yaml::List(items) => {
            FormContent::List(items.iter().map(|item| within(item, depth + 1, reader)).collect())
        }
        Yaml::Map(entries) if entries.iter().any(|entry| entry.key == "$each") => {
            match each(node, depth, reader) {
                Some(each) => FormContent::Each(Box::new(each)),
                None => FormContent::Literal(serde_json::Value::Null),
            }
        }
        Yaml::Map(entries) => FormContent::Map(Box::new(map(node, entries, depth, reader))),
        _ => FormContent::Literal(node.to_json()),
    };
    Form { place: node.place, content }
}

fn content(node: &Node, text: &str, reader: &mut Reader) -> FormContent {
    let content = compile_text(node, text, Missing::IsNull, &mut reader.problems);
    match content {
        Content::Whole(expression) => {
            reader.expressions += 1;
            FormContent::Whole(expression)
        }
        Content::Mixed(pieces) => {
            reader.expressions += pieces.iter().filter_map(Piece::expression).count();
            FormContent::Mixed(pieces)
        }
        _ => FormContent::Literal(text.into()),
    }
}

fn map(node: &Node, entries: &[Entry], depth: usize, reader: &mut Reader) -> FormMap {
    let Some(fields) = Fields::of(node, "a form", &mut reader.problems) else {
        return FormMap::default();
    };
    let condition = reader.expression(&fields, "$if");
    let merge = reader.expression(&fields, "$merge");
    let using = using(&fields, reader);
    for alone in ["$as", "$key", "$item"] {
        if let Some(entry) = entries.iter().find(|entry| entry.key == alone) {
            let message = format!("`{alone}` needs `$each` beside it");
            reader.problem("missing_key", entry.place, message);
        }
    }
    let mut members = Vec::new();
    for entry in entries.iter().filter(|entry| !WORDS.contains(&entry.key.as_str())) {
        if entry.key.starts_with('$') && !entry.key.starts_with("${{") {
            let message = format!("there is no `{}`", entry.key);
            let problem = Problem::new("unknown_key", entry.place, message);
            let listed = problem.with_help(format!("there are {}", WORDS.join(", ")));
            reader.problems.push(listed.with_nearest(&entry.key, WORDS));
        }
        reader.refuse_expression_in_key(entry);
        let value = within(&entry.value, depth + 1, reader);
        members.push(FormMember { name: entry.key.clone(), place: entry.place, value });
    }
    FormMap { condition, using, merge, members }
}

fn using(fields: &Fields<'_>, reader: &mut Reader) -> Option<Using> {
    let Some(node) = fields.value("$use") else {
        if let Some(of) = fields.value("$of") {
            reader.problem("missing_key", of.place, "`$of` needs `$use` beside it");
        }
        return None;
    };
    let part = fields.text("$use", &mut reader.problems)?.to_owned();
    fields.required("$of", &mut reader.problems)?;
    let of = reader.expression(fields, "$of")?;
    Some(Using { part, place: node.place, of })
}

fn each(node: &Node, depth: usize, reader: &mut Reader) -> Option<Each> {
    let fields = Fields::of(node, "a form", &mut reader.problems)?;
    fields.refuse_others(&["$each", "$as", "$key", "$item", "$if"], &mut reader.problems);
    let condition = reader.expression(&fields, "$if");
    let items = reader.expression(&fields, "$each");
    let name_node = fields.required("$as", &mut reader.problems);
    let name = fields.text("$as", &mut reader.problems);
    let name_place = name_node.map_or(Place::START, |node| node.place);
    if let Some(name) = name {
        refuse_name(name, name_place, reader);
    }
    let key = reader.expression(&fields, "$key");
    let item = fields.required("$item", &mut reader.problems);
    let item = item.map(|node| within(node, depth + 1, reader));
    Some(Each { condition, items: items?, name: name?.to_owned(), name_place, key, item: item? })
}

/// The names that every expression knows cannot be those of items.
fn refuse_name(name: &str, place: Place, reader: &mut Reader) {
    let first = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !first || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        let message =
            "the name of an item is small letters, digits and `_`, and begins with a letter";
        reader.problem("id_invalid", place, message);
    }
    if crate::descriptions::ROOTS.contains(&name) {
        let message = format!("`{name}` is something else in expressions");
        reader.problem("id_invalid", place, message);
    }
}
