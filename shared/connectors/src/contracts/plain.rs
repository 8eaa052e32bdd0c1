//! Fields whose names the workflow chooses: each a text, a number, or true or false.

use super::text::{check_lines, check_words};
use schemars::{Schema, json_schema};
use serde_json::{Map, Number, Value};
use tradewind_engine::effects::ActionError;

/// The most such fields in one input.
const FIELDS_MAX: usize = 100;

/// The largest whole number that services which know JSON's numbers as floats keep exactly: 2^53.
const EXACT_INTEGER_MAX: u64 = 1 << 53;

/// The schema of a field that holds such fields, or is left out.
pub(super) fn plain_fields(_: &mut schemars::SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["object", "null"],
        "additionalProperties": { "type": ["string", "number", "boolean", "null"] },
    })
}

/// The fields without those that are null, which count as left out; `field` is where they stand.
pub(super) fn checked_plain(
    fields: Option<Map<String, Value>>,
    field: &str,
) -> Result<Option<Map<String, Value>>, ActionError> {
    let Some(mut fields) = fields else { return Ok(None) };
    fields.retain(|_, value| !value.is_null());
    if fields.len() > FIELDS_MAX {
        return Err(ActionError::bad_data("too_many", field));
    }
    for (name, value) in &fields {
        check_words(name, field)?;
        let place = format!("{field}.{name}");
        match value {
            Value::String(text) => check_lines(text, &place)?,
            Value::Number(number) => check_number(number, &place)?,
            Value::Bool(_) => {}
            _ => return Err(ActionError::bad_data("value_not_plain", &place)),
        }
    }
    Ok(Some(fields))
}

/// A number that stays what it is on its way.
pub(super) fn check_number(number: &Number, field: &str) -> Result<(), ActionError> {
    let exact = |whole: i128| whole.unsigned_abs() <= u128::from(EXACT_INTEGER_MAX);
    match number.as_i128().is_none_or(exact) {
        true => Ok(()),
        false => Err(ActionError::bad_data("number_out_of_range", field)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(fields: Value, expected: Result<Value, &str>) {
        let Value::Object(fields) = fields else { unreachable!("fields are a map") };
        let found = checked_plain(Some(fields), "fields").map(|fields| json!(fields));
        assert_eq!(found.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
    }

    #[test]
    fn plain_values_stay_and_nulls_are_left_out() {
        let plain = json!({ "text": "a\nb", "whole": 2, "part": 2.5, "yes": true });
        check(plain.clone(), Ok(plain));
        check(json!({ "a": null, "b": 1 }), Ok(json!({ "b": 1 })));
        assert_eq!(checked_plain(None, "fields"), Ok(None));
    }

    #[test]
    fn what_is_not_plain_is_named() {
        check(json!({ "a": [1] }), Err("value_not_plain: fields.a"));
        check(json!({ "a": { "b": 1 } }), Err("value_not_plain: fields.a"));
        check(json!({ "a": "\u{0}" }), Err("control_character: fields.a"));
        check(json!({ "a": 9_007_199_254_740_993_i64 }), Err("number_out_of_range: fields.a"));
        check(json!({ "": 1 }), Err("text_missing: fields"));
        check(json!({ "a\nb": 1 }), Err("header_injection: fields"));
    }

    #[test]
    fn there_are_not_more_than_services_take() {
        let fields = |count: usize| (0..count).map(|at| (format!("f{at}"), json!(at))).collect();
        assert!(checked_plain(Some(fields(FIELDS_MAX)), "fields").is_ok());
        let refused = checked_plain(Some(fields(FIELDS_MAX + 1)), "fields").unwrap_err();
        assert_eq!(refused.to_string(), "too_many: fields");
    }
}
