//! Our own filters and tests: each takes the types it names and refuses all others.
//!
//! Invariant: no filter makes text of null, undefined, a list or a map unless that is its purpose,
//! no message holds a value, and nothing grows beyond the output limit.

pub(super) mod amounts;
pub(super) mod dates;
pub(super) mod html;
pub(super) mod lists;
pub(super) mod mailboxes;
pub(super) mod maps;
pub(super) mod money;
pub(super) mod numbers;
pub(super) mod tests;
pub(super) mod text;
pub(super) mod words;

use super::error::{ExpressionCode, Fault};
use super::output::name_of;
use super::{HTML_BYTES_MAX, ITEMS_MAX, OUTPUT_BYTES_MAX};
use minijinja::Value;
use minijinja::value::ValueKind;

/// What a filter comes to.
pub(super) type Filtered = Result<Value, minijinja::Error>;

/// What a test comes to.
pub(super) type Tested = Result<bool, minijinja::Error>;

/// The text a filter or test needs.
fn text_of<'a>(value: &'a Value, filter: &str) -> Result<&'a str, Fault> {
    value.as_str().ok_or_else(|| wrong(value, filter, "text"))
}

/// The items of the list a filter needs.
fn items_of(value: &Value, filter: &str) -> Result<Vec<Value>, Fault> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().map_err(|_| wrong(value, filter, "a list"))?;
            let items: Vec<Value> = items.take(ITEMS_MAX + 1).collect();
            if items.len() > ITEMS_MAX { Err(Fault::limit("items")) } else { Ok(items) }
        }
        _ => Err(wrong(value, filter, "a list")),
    }
}

/// The member of a map at a dotted path; missing is an error.
fn member_of(value: &Value, path: &str, filter: &str) -> Result<Value, Fault> {
    path.split('.').try_fold(value.clone(), |value, name| {
        let member = value.get_attr(name).ok().filter(|member| !member.is_undefined());
        member.ok_or_else(|| {
            let message = format!("`{filter}`: an item has no `{path}`");
            Fault::new(ExpressionCode::TemplateUndefined, message)
        })
    })
}

/// The error of a value a filter does not take.
fn wrong(value: &Value, filter: &str, wanted: &str) -> Fault {
    match value.kind() {
        ValueKind::Undefined => Fault::undefined(),
        ValueKind::None => {
            let message = format!("`{filter}` needs {wanted}, but has null");
            Fault::new(ExpressionCode::TemplateNull, message)
        }
        kind => Fault::kind(format!("`{filter}` needs {wanted}, but has {}", name_of(kind))),
    }
}

/// A text that cannot grow beyond its limit.
struct Bounded {
    text: String,
    bytes_max: usize,
}

impl Default for Bounded {
    fn default() -> Self {
        Self { text: String::new(), bytes_max: OUTPUT_BYTES_MAX }
    }
}

impl Bounded {
    fn html() -> Self {
        Self { bytes_max: HTML_BYTES_MAX, ..Self::default() }
    }

    fn push(&mut self, text: &str) -> Result<(), Fault> {
        if self.text.len() + text.len() > self.bytes_max {
            return Err(Fault::limit("output"));
        }
        self.text.push_str(text);
        Ok(())
    }
}
