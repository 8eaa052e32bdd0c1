//! How DynamoDB weighs items: in units of a kilobyte written and of four read.
//!
//! Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>

use serde_json::{Map, Value};

/// An item as it stands in a request: attributes with their types.
pub(crate) type Item = Map<String, Value>;

/// The entry of an item in each index, as a text; nothing where it is in none.
pub(crate) type Indexed = [Option<String>; 3];

/// The indexes of the table of runs: their keys, and what else they hold.
const INDEXES: [(&[&str], &[&str]); 3] = [
    (&["due_pk", "due_at"], &[]),
    (&["list_pk", "list_sk"], &["workflow", "run_state"]),
    (&["event", "pk"], &[]),
];
const WRITTEN_BYTES: u64 = 1_024;
const READ_BYTES: u64 = 4_096;
/// A list or a map, and each of its members beside its own bytes.
const CONTAINER_BYTES: u64 = 3;
const MEMBER_BYTES: u64 = 1;

/// What writing the item costs, less the indexes.
pub(crate) fn write_units(item: &Item) -> u64 {
    bytes_of(item).div_ceil(WRITTEN_BYTES).max(1)
}

/// What reading cost that was answered so.
pub(crate) fn read_units(answer: &Value) -> u64 {
    let one = answer["Item"].as_object().into_iter();
    let many = answer["Items"].as_array().into_iter().flatten().filter_map(Value::as_object);
    let tables = answer["Responses"].as_object().into_iter().flat_map(Map::values);
    let batch = tables.filter_map(Value::as_array).flatten().filter_map(Value::as_object);
    // A query is weighed as a whole; a batch item by item, as single reads are.
    let listed = many.map(bytes_of).sum::<u64>().div_ceil(READ_BYTES);
    let single: u64 = one.chain(batch).map(|item| bytes_of(item).div_ceil(READ_BYTES)).sum();
    (listed + single).max(1)
}

/// What the indexes hold of the item.
pub(crate) fn indexed(item: &Item) -> Indexed {
    INDEXES.map(|(keys, others)| {
        let is_in = keys.iter().all(|key| item.contains_key(*key));
        let text = |names: &[&str]| {
            let values =
                names.iter().map(|name| item.get(*name).unwrap_or(&Value::Null).to_string());
            values.collect::<Vec<_>>().join(" ")
        };
        is_in.then(|| format!("{}|{}", text(keys), text(others)))
    })
}

/// How many entries are written where these become those: an entry whose key changes is removed and
/// put anew. Each is far below a kilobyte.
pub(crate) fn index_writes(before: &Indexed, after: &Indexed) -> u64 {
    let key = |entry: &Option<String>| {
        entry.as_ref().and_then(|entry| entry.split('|').next().map(str::to_owned))
    };
    let writes = before.iter().zip(after).map(|(before, after)| match (before, after) {
        (None, None) => 0,
        (Some(before), Some(after)) if before == after => 0,
        (Some(_), Some(_)) if key(before) != key(after) => 2,
        _ => 1,
    });
    writes.sum()
}

/// What the item takes.
pub(crate) fn bytes_of(item: &Item) -> u64 {
    item.iter().map(|(name, value)| name.len() as u64 + bytes(value)).sum()
}

fn bytes(value: &Value) -> u64 {
    let Some((kind, value)) = value.as_object().and_then(|value| value.iter().next()) else {
        return 0;
    };
    let text = value.as_str().unwrap_or_default();
    match (kind.as_str(), value) {
        ("S", _) => text.len() as u64,
        // Two digits in a byte, and one more.
        ("N", _) => text.len().div_ceil(2) as u64 + 1,
        // It is written in base64 here.
        ("B", _) => (text.len() / 4 * 3) as u64,
        ("M", Value::Object(members)) => {
            CONTAINER_BYTES + bytes_of(members) + MEMBER_BYTES * members.len() as u64
        }
        ("L", Value::Array(members)) => {
            CONTAINER_BYTES + members.iter().map(|member| bytes(member) + MEMBER_BYTES).sum::<u64>()
        }
        _ => 1,
    }
}
