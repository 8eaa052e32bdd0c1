//! Checking a value against a schema, as what is written is checked before there are values.

use super::{Tree, Written, check_fit};
use crate::problems::Place;
use serde_json::Value;

/// What is wrong with a value that this schema describes, if anything is. `key` is what the value is called;
/// nothing that stands in it is repeated but the names of members.
pub fn misfit(value: &Value, key: &str, schema: &Value) -> Option<String> {
    let mut problems = Vec::new();
    check_fit(value, key, schema, &|_| None, &mut problems);
    problems.into_iter().next().map(|problem| problem.message)
}

/// A value stands nowhere in a file.
impl<'t> Tree<'t> for &'t Value {
    fn place(self) -> Place {
        Place::START
    }

    fn written(self) -> Written<'t, Self> {
        match self {
            Value::Array(items) => Written::List(items.iter().collect()),
            Value::Object(members) => {
                let members =
                    members.iter().map(|(name, value)| (name.as_str(), self.place(), value));
                Written::Map { members: members.collect(), open: false }
            }
            plain => Written::Literal(plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::misfit;
    use serde_json::{Value, json};

    /// A ticket as a file of a project's own describes it.
    fn ticket() -> Value {
        json!({
            "type": "object",
            "properties": {
                "title": { "type": "string" },
                "priority": { "anyOf": [
                    { "type": "string", "enum": ["low", "high"] }, { "type": "null" },
                ] },
                "total": {
                    "type": ["object", "null"],
                    "properties": { "amount": { "type": "integer" }, "currency": { "type": "string" } },
                    "required": ["amount", "currency"],
                    "additionalProperties": false,
                },
                "count": { "type": ["integer", "null"] },
                "due": { "type": ["string", "null"], "format": "date-time" },
                "from": { "type": ["string", "null"], "format": "email" },
                "tags": { "type": ["array", "null"] },
                "more": { "type": ["object", "null"] },
            },
            "required": ["title"],
            "additionalProperties": false,
        })
    }

    #[track_caller]
    fn check(members: Value, wrong: Option<&str>) {
        let mut value = json!({ "title": "Broken" });
        for (name, member) in members.as_object().unwrap() {
            value[name] = member.clone();
        }
        assert_eq!(misfit(&value, "with", &ticket()).as_deref(), wrong, "{value}");
    }

    #[test]
    fn a_value_fits_or_it_is_said_where_it_does_not() {
        for fits in [
            json!({}),
            json!({ "priority": "low", "total": { "amount": 1, "currency": "EUR" }, "count": 3 }),
            json!({ "priority": null, "total": null, "count": null, "due": null, "tags": null }),
            json!({ "due": "2026-11-23T12:00:00+01:00", "from": "ada@example.com" }),
            json!({ "tags": [1, "two", { "three": [] }], "more": { "any": { "depth": [[]] } } }),
        ] {
            check(fits, None);
        }
        check(json!({ "title": 7 }), Some("`title` must be text, but is a whole number"));
        check(json!({ "title": null }), Some("`title` must be text, but is null"));
        check(json!({ "titel": "x" }), Some("`with` has no field `titel`"));
        check(json!({ "priority": "urgent" }), Some("`priority` must be one of low, high"));
        check(
            json!({ "count": 1.5 }),
            Some("`count` must be a whole number or null, but is a number"),
        );
        check(json!({ "total": { "amount": 1 } }), Some("`total` needs the field `currency`"));
        check(
            json!({ "total": { "amount": "1", "currency": "EUR" } }),
            Some("`total.amount` must be a whole number, but is text"),
        );
        check(
            json!({ "total": { "amount": 1, "currency": "EUR", "vat": 2 } }),
            Some("`total` has no field `vat`"),
        );
        check(
            json!({ "due": "tomorrow" }),
            Some("`due` must be a time such as 2026-11-23T12:00:00Z"),
        );
        check(json!({ "from": "Ada" }), Some("`from` must be one mail address without a name"));
        assert_eq!(
            misfit(&json!({}), "with", &ticket()).as_deref(),
            Some("`with` needs the field `title`")
        );
        assert_eq!(
            misfit(&json!([]), "with", &ticket()).as_deref(),
            Some("`with` must be a map, but is a list")
        );
    }

    #[test]
    fn what_does_not_fit_is_not_repeated_however_long_it_is() {
        let long = "s3cret".repeat(20_000);
        let value = json!({ "title": "x", "priority": long });
        assert_eq!(
            misfit(&value, "with", &ticket()).unwrap(),
            "`priority` must be one of low, high"
        );
        assert_eq!(misfit(&json!({ "title": long }), "with", &ticket()), None);
    }
}
