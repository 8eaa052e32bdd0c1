//! What the platform answered.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// One answer over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body as it came.
    pub(crate) text: String,
}

impl Answered {
    /// The body as JSON; null where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Status and code in one text, such as `404 not_found`; the code is empty on success.
    pub(crate) fn verdict(&self) -> String {
        let body = self.json();
        let code = body["error"]["code"].as_str().unwrap_or_default();
        format!("{} {code}", self.status.as_u16()).trim_end().to_owned()
    }

    /// The only event of a delivery that was accepted.
    pub(crate) fn event(&self) -> String {
        let body = self.json();
        let ids = body["event_ids"].as_array().unwrap_or_else(|| panic!("{self:?}"));
        assert_eq!((self.status, ids.len()), (StatusCode::OK, 1), "{self:?}");
        ids[0].as_str().unwrap().to_owned()
    }
}
