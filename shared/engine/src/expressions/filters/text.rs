//! Filters on text, and to text.

use super::super::error::Fault;
use super::super::missing::Missing;
use super::super::output::{self, Budget, Escape};
use super::{Bounded, Filtered, text_of, wrong};
use minijinja::Value;

/// In capitals.
pub(in super::super) fn upper(value: &Value) -> Filtered {
    Ok(text_of(value, "upper")?.to_uppercase().into())
}

/// In small letters.
pub(in super::super) fn lower(value: &Value) -> Filtered {
    Ok(text_of(value, "lower")?.to_lowercase().into())
}

/// Without white space at its ends.
pub(in super::super) fn trim(value: &Value) -> Filtered {
    Ok(text_of(value, "trim")?.trim().into())
}

/// At most so many characters.
pub(in super::super) fn truncate(value: &Value, length: &Value) -> Filtered {
    let length = length.as_usize().ok_or_else(|| wrong(length, "truncate", "a whole number"))?;
    Ok(text_of(value, "truncate")?.chars().take(length).collect::<String>().into())
}

/// With one text in place of another, everywhere.
pub(in super::super) fn replace(value: &Value, from: &Value, to: &Value) -> Filtered {
    let text = text_of(value, "replace")?;
    let (from, to) = (text_of(from, "replace")?, text_of(to, "replace")?);
    if from.is_empty() {
        return Err(Fault::kind("`replace` needs a text to look for, but it is empty").into());
    }
    let mut replaced = Bounded::default();
    for (index, part) in text.split(from).enumerate() {
        if index > 0 {
            replaced.push(to)?;
        }
        replaced.push(part)?;
    }
    Ok(replaced.text.into())
}

/// The parts between separators.
pub(in super::super) fn split(value: &Value, separator: &Value) -> Filtered {
    let separator = text_of(separator, "split")?;
    if separator.is_empty() {
        return Err(Fault::kind("`split` needs a separator, but it is empty").into());
    }
    Ok(text_of(value, "split")?.split(separator).map(Value::from).collect())
}

/// A text, a number or a truth value as text.
pub(in super::super) fn text(value: &Value) -> Filtered {
    Ok(output::to_text(value, Escape::None, Missing::IsAnError, &mut Budget::new())?.into())
}

/// As JSON text.
pub(in super::super) fn json(value: &Value) -> Filtered {
    written_as_json(value, Missing::IsAnError)
}

/// As JSON text, with null for whatever in it is missing.
pub(in super::super) fn json_with_nulls(value: &Value) -> Filtered {
    written_as_json(value, Missing::IsNull)
}

fn written_as_json(value: &Value, missing: Missing) -> Filtered {
    let json = output::to_json(value, Escape::None, missing, 1, &mut Budget::new())?;
    let mut bounded = Bounded::default();
    bounded.push(&json.to_string())?;
    Ok(bounded.text.into())
}
