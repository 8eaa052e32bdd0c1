//! Filters on lists and maps, and `default`.

use super::super::error::Fault;
use super::super::missing::{Missing, is_nothing};
use super::super::output::{self, Budget, Escape};
use super::money::Total;
use super::{Bounded, Filtered, items_of, member_of, text_of, wrong};
use minijinja::Value;
use minijinja::value::ValueKind;
use std::cmp::Ordering;
use std::collections::HashSet;

/// The value, or another one where it is undefined or null.
pub(in super::super) fn default(value: &Value, other: &Value) -> Filtered {
    Ok(if is_nothing(value) { other.clone() } else { value.clone() })
}

/// How many characters, items or members.
pub(in super::super) fn length(value: &Value) -> Filtered {
    let length = match value.kind() {
        ValueKind::String => value.as_str().map(|text| text.chars().count()),
        ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => value.len(),
        _ => None,
    };
    Ok(length.ok_or_else(|| wrong(value, "length", "text, a list or a map"))?.into())
}

/// The first item; undefined in an empty list.
pub(in super::super) fn first(value: &Value) -> Filtered {
    Ok(items_of(value, "first")?.into_iter().next().unwrap_or_default())
}

/// The last item; undefined in an empty list.
pub(in super::super) fn last(value: &Value) -> Filtered {
    Ok(items_of(value, "last")?.pop().unwrap_or_default())
}

/// The items as one text.
pub(in super::super) fn join(value: &Value, separator: &Value) -> Filtered {
    let separator = text_of(separator, "join")?;
    let mut joined = Bounded::default();
    for (index, item) in items_of(value, "join")?.iter().enumerate() {
        if index > 0 {
            joined.push(separator)?;
        }
        joined.push(&output::to_text(
            item,
            Escape::None,
            Missing::IsAnError,
            &mut Budget::new(),
        )?)?;
    }
    Ok(joined.text.into())
}

/// One member of each item.
pub(in super::super) fn map(value: &Value, path: &Value) -> Filtered {
    let path = text_of(path, "map")?;
    let members = items_of(value, "map")?;
    let members: Result<Vec<_>, _> =
        members.iter().map(|item| member_of(item, path, "map")).collect();
    Ok(members?.into())
}

/// One member of each item, and null where an item has none.
pub(in super::super) fn map_or_null(value: &Value, path: &Value) -> Filtered {
    let path = text_of(path, "map")?;
    let member = |item: &Value| member_of(item, path, "map").unwrap_or(Value::from(()));
    Ok(items_of(value, "map")?.iter().map(member).collect())
}

/// The sum of whole numbers, or of money in one currency; of a member of each item, if one is named.
pub(in super::super) fn sum(value: &Value, path: Option<&Value>) -> Filtered {
    let mut total = Total::default();
    for item in items_of(value, "sum")? {
        match path {
            Some(path) => total.add(&member_of(&item, text_of(path, "sum")?, "sum")?)?,
            None => total.add(&item)?,
        }
    }
    Ok(total.into_value())
}

/// In ascending order, of a member of each item, if one is named: all text or all numbers.
pub(in super::super) fn sort(value: &Value, path: Option<&Value>) -> Filtered {
    let mut keyed = Vec::new();
    for item in items_of(value, "sort")? {
        let key = match path {
            Some(path) => member_of(&item, text_of(path, "sort")?, "sort")?,
            None => item.clone(),
        };
        keyed.push((key, item));
    }
    let kinds: HashSet<&str> = keyed.iter().map(|(key, _)| output::name_of(key.kind())).collect();
    let sortable = |(key, _): &(Value, Value)| key.as_str().is_some() || key.is_number();
    if kinds.len() > 1 || !keyed.iter().all(sortable) {
        return Err(Fault::kind("`sort` needs all texts or all numbers").into());
    }
    keyed.sort_by(|(one, _), (other, _)| one.partial_cmp(other).unwrap_or(Ordering::Equal));
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}

/// Every item once, in the order of first appearance; texts, numbers and truth values only.
pub(in super::super) fn unique(value: &Value) -> Filtered {
    let mut seen = HashSet::new();
    let mut unique = Vec::new();
    for item in items_of(value, "unique")? {
        let text = output::to_text(&item, Escape::None, Missing::IsAnError, &mut Budget::new())?;
        if seen.insert((output::name_of(item.kind()), text)) {
            unique.push(item);
        }
    }
    Ok(unique.into())
}

/// The keys of a map.
pub(in super::super) fn keys(value: &Value) -> Filtered {
    if value.kind() != ValueKind::Map {
        return Err(wrong(value, "keys", "a map").into());
    }
    Ok(value.try_iter()?.collect())
}
