//! From what an expression came to, to JSON or to a piece of text, within the limits.

use super::error::{ExpressionCode, ExpressionError, Fault};
use super::missing::Missing;
use super::{DEPTH_MAX, HTML_BYTES_MAX, OUTPUT_BYTES_MAX};
use minijinja::Value;
use minijinja::value::ValueKind;

/// What may still be put out.
pub(crate) struct Budget {
    bytes: usize,
    html_bytes: usize,
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self { bytes: OUTPUT_BYTES_MAX, html_bytes: HTML_BYTES_MAX }
    }

    /// Of so many bytes, of which none are HTML.
    pub(crate) fn of(bytes: usize) -> Self {
        Self { bytes, html_bytes: 0 }
    }

    /// Spends bytes on what no expression makes.
    pub(crate) fn spend_on_literal(&mut self, bytes: usize) -> Result<(), ExpressionError> {
        self.spend(bytes).map_err(|fault| ExpressionError {
            code: fault.code,
            expression: String::new(),
            field: None,
            message: fault.message,
        })
    }

    /// Spends bytes, or fails when there are no more.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), Fault> {
        let left = self.bytes.checked_sub(bytes).ok_or_else(|| Fault::limit("output"))?;
        self.bytes = left;
        Ok(())
    }

    /// Spends the bytes of a text that the value has become.
    fn spend_text(&mut self, value: &Value, text: &str) -> Result<(), Fault> {
        if !value.is_safe() {
            return self.spend(text.len());
        }
        let left = self.html_bytes.checked_sub(text.len()).ok_or_else(|| Fault::limit("output"))?;
        self.html_bytes = left;
        Ok(())
    }
}

/// Whether text is escaped on its way out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// It goes out as it is.
    None,
    /// For HTML, unless a filter made it as HTML.
    Html,
}

/// The value as JSON, with its type.
pub(super) fn to_json(
    value: &Value,
    escape: Escape,
    missing: Missing,
    depth: usize,
    budget: &mut Budget,
) -> Result<serde_json::Value, Fault> {
    if depth > DEPTH_MAX {
        return Err(Fault::limit("depth"));
    }
    budget.spend(1)?;
    match value.kind() {
        ValueKind::Undefined if missing == Missing::IsAnError => Err(Fault::undefined()),
        ValueKind::Undefined | ValueKind::None => Ok(serde_json::Value::Null),
        ValueKind::Bool => Ok(value.is_true().into()),
        ValueKind::Number => number(value),
        ValueKind::String => {
            let text = escaped(value, escape);
            budget.spend_text(value, &text)?;
            Ok(text.into())
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().map_err(|_| Fault::kind("a list cannot be read"))?;
            items.map(|item| to_json(&item, escape, missing, depth + 1, budget)).collect()
        }
        ValueKind::Map => {
            let keys = value.try_iter().map_err(|_| Fault::kind("a map cannot be read"))?;
            let mut map = serde_json::Map::new();
            for key in keys {
                let name = key.as_str().ok_or_else(|| Fault::kind("a key must be text"))?;
                budget.spend(name.len())?;
                let member = value.get_item(&key).unwrap_or_default();
                let member = to_json(&member, escape, missing, depth + 1, budget)?;
                map.insert(name.to_owned(), member);
            }
            Ok(map.into())
        }
        _ => Err(Fault::kind("the value has no JSON form")),
    }
}

/// The value as a piece of a text.
pub(super) fn to_text(
    value: &Value,
    escape: Escape,
    missing: Missing,
    budget: &mut Budget,
) -> Result<String, Fault> {
    let text = match value.kind() {
        ValueKind::Undefined if missing == Missing::IsAnError => return Err(Fault::undefined()),
        ValueKind::Undefined | ValueKind::None => {
            let message = "null in a text; `| default('…')` gives it a value";
            return Err(Fault::new(ExpressionCode::TemplateNull, message));
        }
        ValueKind::Bool => value.is_true().to_string(),
        ValueKind::Number => number(value)?.to_string(),
        ValueKind::String => escaped(value, escape),
        kind => {
            let message = format!("{} cannot be part of a text", name_of(kind));
            return Err(Fault::kind(message));
        }
    };
    budget.spend_text(value, &text)?;
    Ok(text)
}

/// The name of a kind of value, with its article.
pub(super) fn name_of(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Undefined => "nothing",
        ValueKind::None => "null",
        ValueKind::Bool => "true or false",
        ValueKind::Number => "a number",
        ValueKind::String => "a text",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        ValueKind::Map => "a map",
        _ => "something else",
    }
}

/// Escapes a text for HTML, within an element and within a quoted attribute.
pub fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

fn escaped(value: &Value, escape: Escape) -> String {
    let text = value.as_str().unwrap_or_default();
    match escape {
        Escape::Html if !value.is_safe() => escape_html(text),
        Escape::Html | Escape::None => text.to_owned(),
    }
}

fn number(value: &Value) -> Result<serde_json::Value, Fault> {
    if value.is_integer() {
        if let Ok(number) = i64::try_from(value.clone()) {
            return Ok(number.into());
        }
        let number = u64::try_from(value.clone());
        return number.map(Into::into).map_err(|_| Fault::kind("the number is too large"));
    }
    f64::try_from(value.clone())
        .ok()
        .and_then(serde_json::Number::from_f64)
        .map(Into::into)
        .ok_or_else(|| Fault::kind("the number is not finite"))
}
