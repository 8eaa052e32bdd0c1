//! From what a step says to a request.

use super::settings::Settings;
use crate::action::Cx;
use crate::contracts::http::{HttpCall, HttpMethod};
use crate::providers::requests::{ENCODED, form_pair};
use bytes::Bytes;
use http::{HeaderValue, Method, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value};
use tradewind_engine::effects::ActionError;
use tradewind_engine::ports::HttpRequest;

/// What cannot stand in a path as it is; a `%` was looked at before.
const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');
/// The longest path and query, in bytes as they are sent.
const PATH_AND_QUERY_BYTES_MAX: usize = 64 * 1024;
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// The request, without credentials.
pub(super) fn request(
    cx: &Cx<'_>,
    settings: &Settings,
    call: &HttpCall,
) -> Result<HttpRequest, ActionError> {
    let mut headers = settings.headers()?;
    headers.entry(header::ACCEPT).or_insert(JSON);
    if settings.knows_keys() && !call.method.is_natural() {
        let key = header_value(cx.idempotency_key)
            .ok_or_else(|| ActionError::bad_data("header_injection", "idempotency key"))?;
        headers.insert(settings.key_header()?, key);
    }
    let body = match (&call.json, &call.form) {
        (Some(json), _) => {
            headers.insert(header::CONTENT_TYPE, JSON);
            Bytes::from(json.to_string())
        }
        (None, Some(form)) => {
            headers.insert(header::CONTENT_TYPE, FORM);
            Bytes::from(pairs(form).join("&"))
        }
        (None, None) => Bytes::new(),
    };
    let (method, url) = (method(call.method), url(settings, call)?);
    Ok(HttpRequest { method, url, headers, body, timeout: cx.timeout })
}

fn url(settings: &Settings, call: &HttpCall) -> Result<String, ActionError> {
    let mut url = settings.base_url.trim_end_matches('/').to_owned();
    let start = url.len();
    match &call.segments[..] {
        [] => url.extend(utf8_percent_encode(&call.path, IN_PATH)),
        segments => {
            url.extend(utf8_percent_encode(call.path.trim_end_matches('/'), IN_PATH));
            for text in segments.iter().filter_map(text_of) {
                url.push('/');
                url.extend(utf8_percent_encode(&text, ENCODED));
            }
        }
    }
    let query = pairs(&call.query);
    if !query.is_empty() {
        url.push('?');
        url.push_str(&query.join("&"));
    }
    if url.len() - start > PATH_AND_QUERY_BYTES_MAX {
        return Err(ActionError::refused("text_too_long: the path and the query"));
    }
    Ok(url)
}

/// Names and values as a query and a form hold them; nothing of what is null.
fn pairs(values: &Map<String, Value>) -> Vec<String> {
    let mut pairs = Vec::new();
    for (name, value) in values {
        let several = match value {
            Value::Array(several) => several.as_slice(),
            one => std::slice::from_ref(one),
        };
        pairs.extend(several.iter().filter_map(text_of).map(|text| form_pair(name, &text)));
    }
    pairs
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn method(method: HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Post => Method::POST,
        HttpMethod::Patch => Method::PATCH,
    }
}

/// A text that can stand in a header.
pub(super) fn header_value(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok()
}
