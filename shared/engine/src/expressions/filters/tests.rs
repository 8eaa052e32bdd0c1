//! The tests of the language: what stands after `is`.

use super::super::comparisons::is_within;
use super::super::error::Fault;
use super::{Filtered, Tested, items_of, text_of, wrong};
use minijinja::Value;
use minijinja::value::ValueKind;

/// Whether it is there at all; null is there.
pub(in super::super) fn defined(value: &Value) -> Tested {
    Ok(!value.is_undefined())
}

/// Whether it is there, where null is not.
pub(in super::super) fn not_null(value: &Value) -> Tested {
    Ok(!value.is_none())
}

/// Whether it is null; undefined is an error.
pub(in super::super) fn none(value: &Value) -> Tested {
    if value.is_undefined() { Err(Fault::undefined().into()) } else { Ok(value.is_none()) }
}

/// Whether a text, list or map has nothing in it; null is empty.
pub(in super::super) fn empty(value: &Value) -> Tested {
    match value.kind() {
        ValueKind::None => Ok(true),
        ValueKind::String | ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => {
            Ok(value.len() == Some(0))
        }
        _ => Err(wrong(value, "empty", "text, a list or a map").into()),
    }
}

/// Whether a text begins with another.
pub(in super::super) fn starting_with(value: &Value, start: &Value) -> Tested {
    Ok(text_of(value, "starting_with")?.starts_with(text_of(start, "starting_with")?))
}

/// Whether a text ends with another.
pub(in super::super) fn ending_with(value: &Value, end: &Value) -> Tested {
    Ok(text_of(value, "ending_with")?.ends_with(text_of(end, "ending_with")?))
}

/// Whether a text holds another, or a list an item.
pub(in super::super) fn containing(value: &Value, part: &Value) -> Tested {
    if part.is_undefined() {
        return Err(Fault::undefined().into());
    }
    match value.kind() {
        ValueKind::String => {
            Ok(text_of(value, "containing")?.contains(text_of(part, "containing")?))
        }
        ValueKind::Seq | ValueKind::Iterable => {
            Ok(items_of(value, "containing")?.iter().any(|item| item == part))
        }
        _ => Err(wrong(value, "containing", "text or a list").into()),
    }
}

/// The same as a filter.
pub(in super::super) fn contains(value: &Value, part: &Value) -> Filtered {
    containing(value, part).map(Value::from)
}

/// Whether a text holds another, or a list an item, where what is missing in a list is null.
pub(in super::super) fn containing_or_null(value: &Value, part: &Value) -> Tested {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => Ok(is_within(part, value)?),
        _ => containing(value, part),
    }
}

/// The same as a filter.
pub(in super::super) fn contains_or_null(value: &Value, part: &Value) -> Filtered {
    containing_or_null(value, part).map(Value::from)
}
