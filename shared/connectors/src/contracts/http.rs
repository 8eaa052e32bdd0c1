//! `http.request`: one call of an API that has no connector of its own.

use super::text::{check_line, check_lines};
use crate::contract::{Contract, Tried};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tradewind_engine::effects::{ActionError, OnUnknown};
use tradewind_engine::expected::Expected;

/// The longest path with its query, in bytes as they are written.
const PATH_BYTES_MAX: usize = 8 * 1024;
/// The longest body.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// One call. GET and HEAD read, PUT and DELETE may be made twice without doing more; after a lost answer a POST or a
/// PATCH is made again only where the connection says that the service knows the call by its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpCall {
    /// The method.
    pub method: HttpMethod,
    /// What stands behind the connection's `base_url`, such as `/orders`. It begins with `/` and has no query.
    pub path: String,
    /// What follows the path, each a segment of its own: texts and numbers from data are safe here, whatever is in
    /// them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Value>,
    /// The query: texts, numbers, true and false, or lists of these. What is null is left out.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub query: Map<String, Value>,
    /// The body as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// The body as a form: texts, numbers, true and false, or lists of these. What is null is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Map<String, Value>>,
    /// What the answer has to be, such as `{ id: text, lines: [{ sku: text }], note?: text }`: checked, and nothing
    /// else of it is kept. The words are text, integer, number, boolean, list, map and any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Value>,
}

/// A method of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// Reads.
    Get,
    /// Reads, without a body in the answer.
    Head,
    /// Puts something in its place: the second time it is there already.
    Put,
    /// Takes something away: the second time it is gone already.
    Delete,
    /// Does something each time.
    Post,
    /// Changes something each time.
    Patch,
}

/// What the service answered, with a status from 200 to 299; or 404 or 410 to a DELETE, which had nothing left to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The body: its JSON, else its text, else null. Where the step says what to `expect`, that and nothing else.
    #[schemars(extend("x-described-by" = "expect"))]
    pub body: Value,
}

impl HttpMethod {
    /// Whether it changes nothing.
    pub fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }

    /// Whether the second of two equal calls does nothing more.
    /// <https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2>
    pub fn is_natural(self) -> bool {
        self.is_safe() || matches!(self, Self::Put | Self::Delete)
    }
}

impl HttpCall {
    /// The call as it may be made: a path that stays below the connection's address, one body at most, and plain
    /// values where no others can stand.
    pub fn checked(self) -> Result<Self, ActionError> {
        check_path(&self.path)?;
        if self.path.len() > PATH_BYTES_MAX {
            return Err(ActionError::bad_data("text_too_long", "path"));
        }
        for segment in &self.segments {
            match segment {
                Value::Number(_) => {}
                Value::String(text) if !matches!(text.as_str(), "" | "." | "..") => {
                    check_line(text, "segments")?;
                }
                _ => return Err(ActionError::bad_data("segment_invalid", "segments")),
            }
        }
        check_plain("query", &self.query)?;
        check_plain("form", self.form.as_ref().unwrap_or(&Map::new()))?;
        match (&self.json, &self.form) {
            (Some(_), Some(_)) => return Err(ActionError::bad_data("two_bodies", "json and form")),
            (None, None) => {}
            _ if self.method.is_safe() => {
                let field = if self.json.is_some() { "json" } else { "form" };
                return Err(ActionError::bad_data("body_not_here", field));
            }
            (Some(json), None) if json.to_string().len() > BODY_BYTES_MAX => {
                return Err(ActionError::bad_data("text_too_long", "json"));
            }
            _ => {}
        }
        self.expected()?;
        Ok(self)
    }

    /// What the answer has to be, where the step says so.
    pub fn expected(&self) -> Result<Option<Expected>, ActionError> {
        let read = self.expect.as_ref().map(|expect| Expected::read(expect, "expect"));
        read.transpose()
            .map_err(|message| ActionError::refused(format!("expect_invalid: {message}")))
    }
}

/// A path that stays below the address that it is put behind, however it is decoded.
fn check_path(path: &str) -> Result<(), ActionError> {
    check_line(path, "path")?;
    let refused = |what: &str| Err(ActionError::refused(format!("path_invalid: {what}")));
    if !path.starts_with('/') {
        return refused("it begins with `/`");
    }
    if path.contains(['?', '#']) {
        return refused("a query stands in `query`, and a fragment is never sent");
    }
    if path.contains('\\') {
        return refused("it has a `\\`");
    }
    let mut escapes = path.split('%').skip(1);
    if !escapes.all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit())) {
        return refused("a `%` has no two digits behind it");
    }
    let lower =
        path.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/");
    if lower.split('/').any(|segment| matches!(segment, "." | "..")) {
        return refused("it leads out of where it is: `.` or `..`");
    }
    Ok(())
}

fn check_plain(field: &str, values: &Map<String, Value>) -> Result<(), ActionError> {
    for (name, value) in values {
        check_line(name, field)?;
        let place = format!("{field}.{name}");
        let several = match value {
            Value::Array(several) => several.as_slice(),
            one => std::slice::from_ref(one),
        };
        for one in several {
            match one {
                Value::String(text) => check_lines(text, &place)?,
                Value::Array(_) | Value::Object(_) => {
                    return Err(ActionError::bad_data("value_not_plain", &place));
                }
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
    }
    Ok(())
}

/// Call an HTTP API.
pub struct HttpRequest;

impl Contract for HttpRequest {
    const ID: &'static str = "http.request";
    const SUMMARY: &'static str = "Call an HTTP API that has no connector of its own";
    const ON_UNKNOWN: OnUnknown = OnUnknown::Hold;
    type Input = HttpCall;
    type Output = HttpAnswer;

    fn checked(call: HttpCall) -> Result<HttpCall, ActionError> {
        call.checked()
    }

    fn sample(call: &HttpCall, _: &Tried<'_, Self>) -> HttpAnswer {
        let expected = call.expected().ok().flatten();
        let body = expected.map_or_else(|| Value::Object(Map::new()), |one| one.sample());
        HttpAnswer { status: 200, body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(change: Value, expected: &str) {
        let mut call = json!({ "method": "POST", "path": "/orders" });
        for (name, value) in change.as_object().unwrap() {
            call[name] = value.clone();
        }
        let call: HttpCall = serde_json::from_value(call).unwrap();
        let found = call.checked().map_or_else(|error| error.to_string(), |_| "taken".to_owned());
        assert_eq!(found, expected, "{change}");
    }

    #[test]
    fn a_path_stays_below_the_address_of_the_connection() {
        for path in
            ["/", "/orders", "/a/b/", "/ä ö", "/a%2Fb", "/a..b", "//evil.example", "/a@b:80"]
        {
            check(json!({ "path": path }), "taken");
        }
        for path in ["", "orders", "https://evil.example/", "@evil.example", ":80", ".evil.example"]
        {
            check(json!({ "path": path }), "path_invalid: it begins with `/`");
        }
        for path in
            ["/..", "/a/../b", "/a/.", "/a/%2e%2E/b", "/a/.%2e", "/a%2f..%2fb", "/a%5c..%5cb"]
        {
            let expected = "path_invalid: it leads out of where it is: `.` or `..`";
            check(json!({ "path": path }), expected);
        }
        check(json!({ "path": "/a\\..\\b" }), "path_invalid: it has a `\\`");
        check(json!({ "path": "/a%" }), "path_invalid: a `%` has no two digits behind it");
        check(json!({ "path": "/a%2" }), "path_invalid: a `%` has no two digits behind it");
        check(json!({ "path": "/a%zz" }), "path_invalid: a `%` has no two digits behind it");
        check(json!({ "path": "/a%€" }), "path_invalid: a `%` has no two digits behind it");
        let query = "path_invalid: a query stands in `query`, and a fragment is never sent";
        check(json!({ "path": "/a?b=c" }), query);
        check(json!({ "path": "/a#b" }), query);
        check(json!({ "path": "/a\r\nHost: b" }), "header_injection: path");
        check(json!({ "path": "/a\u{0}" }), "control_character: path");
    }

    #[test]
    fn a_segment_is_a_text_or_a_number() {
        check(json!({ "segments": ["a/../b?c", 7, "ä"] }), "taken");
        for segment in [json!(""), json!("."), json!(".."), json!(null), json!(true), json!([])] {
            check(json!({ "segments": [segment] }), "segment_invalid: segments");
        }
        check(json!({ "segments": ["a\nb"] }), "header_injection: segments");
    }

    #[test]
    fn queries_and_forms_hold_plain_values() {
        let plain = json!({ "a": "x", "b": 1, "c": true, "d": null, "e": ["x", 2], "f": [] });
        check(json!({ "query": plain, "form": plain }), "taken");
        check(json!({ "query": { "a": {} } }), "value_not_plain: query.a");
        check(json!({ "form": { "a": [[]] } }), "value_not_plain: form.a");
        check(json!({ "form": { "a": "\u{0}" } }), "control_character: form.a");
    }

    #[test]
    fn there_is_one_body_and_none_where_something_is_read() {
        check(json!({ "json": {}, "form": {} }), "two_bodies: json and form");
        check(json!({ "method": "GET", "json": {} }), "body_not_here: json");
        check(json!({ "method": "HEAD", "form": {} }), "body_not_here: form");
        check(json!({ "method": "DELETE", "json": {} }), "taken");
        check(json!({ "json": "x".repeat(1024 * 1024) }), "text_too_long: json");
    }

    #[test]
    fn what_is_expected_can_be_read() {
        check(json!({ "expect": { "id": "text" } }), "taken");
        check(
            json!({ "expect": { "id": "word" } }),
            "expect_invalid: `expect.id`: there is no type `word`, but text, integer, number, boolean, \
             list, map, any",
        );
    }
}
