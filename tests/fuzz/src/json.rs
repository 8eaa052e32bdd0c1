//! The reader of deliveries beside `serde_json`: it takes what that takes, and gives the same value, but for what it
//! says of itself.

use serde_json::Value;
use tradewind_connectors::deliveries::json::{DEPTH_MAX, read, read_strict, read_without_links};

/// Whatever the bytes are.
pub fn check(data: &[u8]) {
    let (ours, theirs) = (read(data), serde_json::from_slice::<Value>(data));
    match (&ours, &theirs) {
        (Ok(body), Ok(value)) => assert!(is_same(&body.value, value), "{body:?} {value:?}"),
        // Half of a character is mended, with a note.
        (Ok(body), Err(error)) => assert!(!body.notes.is_empty(), "{body:?} {error}"),
        (Err(refusal), Ok(value)) => {
            assert!(depth(value) > DEPTH_MAX, "{refusal} {value:?}");
        }
        (Err(_), Err(_)) => {}
    }
    if let Ok(value) = read_strict(data) {
        assert_eq!(Some(&value), ours.as_ref().ok().map(|body| &body.value));
    }
    assert_eq!(read_without_links(data).is_ok(), ours.is_ok());
}

/// An integer that no machine number holds stays as text here, and is rounded there.
fn is_same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::String(digits), Value::Number(_)) => {
            digits.strip_prefix('-').unwrap_or(digits).bytes().all(|byte| byte.is_ascii_digit())
        }
        // An integer is an integer here, and the negative zero a zero.
        (Value::Number(ours), Value::Number(theirs)) => {
            ours == theirs || (ours.as_i64() == Some(0) && theirs.as_f64() == Some(0.0))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            let same =
                |(key, one)| theirs.get::<String>(key).is_some_and(|other| is_same(one, other));
            ours.len() == theirs.len() && ours.iter().all(same)
        }
        _ => ours == theirs,
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}
