//! Filters on maps, between a vendor's words and fields and ours.

use super::super::missing::Missing;
use super::super::output::{Budget, Escape, to_text};
use super::{Filtered, text_of, wrong};
use minijinja::Value;
use minijinja::value::ValueKind;

/// What a map has for a word; null for a word it does not know.
pub(in super::super) fn lookup(value: &Value, map: &Value) -> Filtered {
    if map.kind() != ValueKind::Map {
        return Err(wrong(map, "lookup", "a map to look in").into());
    }
    let word = to_text(value, Escape::None, Missing::IsNull, &mut Budget::new())?;
    let found = map.get_attr(&word).unwrap_or_default();
    Ok(if found.is_undefined() { Value::from(()) } else { found })
}

/// The map with each of its values as text; null stays null.
pub(in super::super) fn texts(value: &Value) -> Filtered {
    let mut texts = Vec::new();
    for (key, member) in members(value, "texts")? {
        let text = if member.is_none() {
            member
        } else {
            to_text(&member, Escape::None, Missing::IsNull, &mut Budget::new())?.into()
        };
        texts.push((key, text));
    }
    Ok(Value::from_pairs(texts))
}

/// The map with one more member, which wins over one of the same name.
pub(in super::super) fn with(value: &Value, key: &Value, member: &Value) -> Filtered {
    let key = text_of(key, "with")?;
    let mut members = members(value, "with")?;
    match members.iter_mut().find(|(name, _)| name == key) {
        Some((_, found)) => *found = member.clone(),
        None => members.push((key.to_owned(), member.clone())),
    }
    Ok(Value::from_pairs(members))
}

fn members(value: &Value, filter: &str) -> Result<Vec<(String, Value)>, minijinja::Error> {
    if value.kind() != ValueKind::Map {
        return Err(wrong(value, filter, "a map").into());
    }
    let mut members = Vec::new();
    for key in value.try_iter()? {
        let name = text_of(&key, filter)?.to_owned();
        let member = value.get_item(&key)?;
        members.push((name, if member.is_undefined() { Value::from(()) } else { member }));
    }
    Ok(members)
}
