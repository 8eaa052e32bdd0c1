//! Requests in JSON, as most providers take them.
//!
//! Invariant: a credential becomes a header here and nowhere else, marked so that it is never shown.

use crate::action::Cx;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::time::Duration;
use tradewind_engine::effects::ActionError;
use tradewind_engine::ports::HttpRequest;

/// What stands as it is in a path, a query and a form (RFC 3986, unreserved).
pub(crate) const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A `POST` of JSON that may take as long as the whole attempt.
pub(crate) fn post(cx: &Cx<'_>, url: String, body: &Value) -> HttpRequest {
    let headers = HeaderMap::from_iter([(header::ACCEPT, JSON), (header::CONTENT_TYPE, JSON)]);
    let body = Bytes::from(body.to_string());
    HttpRequest { method: Method::POST, url, headers, body, timeout: cx.timeout }
}

/// A `GET` that is answered in JSON.
pub(crate) fn get(url: String, timeout: Duration) -> HttpRequest {
    let headers = HeaderMap::from_iter([(header::ACCEPT, JSON)]);
    HttpRequest { method: Method::GET, url, headers, body: Bytes::new(), timeout }
}

/// Adds a credential that stands in the setting of that name.
pub(crate) fn with_credential(
    mut request: HttpRequest,
    name: HeaderName,
    credential: &str,
    setting: &str,
) -> Result<HttpRequest, ActionError> {
    let mut value = HeaderValue::from_str(credential).map_err(|_| {
        ActionError::needs_repair(format!("setting_invalid: {setting} cannot stand in a header"))
    })?;
    value.set_sensitive(true);
    request.headers.insert(name, value);
    Ok(request)
}

/// A name and its value as a query and a form hold them.
pub(crate) fn form_pair(name: &str, value: &str) -> String {
    format!("{}={}", utf8_percent_encode(name, ENCODED), utf8_percent_encode(value, ENCODED))
}
