//! Reading the JSON of a delivery, with limits and without losing anything: an integer that no
//! machine number holds stays as text, where `serde_json` alone would round it without a word.
//!
//! Invariant: a body of any bytes gives a value or a refusal, in time and space linear to its length.

mod reader;
#[cfg(test)]
mod tests;

use super::Refusal;
use reader::Reader;
use serde_json::Value;

/// How deep arrays and objects may be nested.
pub const DEPTH_MAX: usize = 64;
/// How many keys all objects of a body may have together.
pub const KEYS_MAX: usize = 10_000;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The value of a body. Of keys that come twice the last one wins.
pub fn read(body: &[u8]) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Err(Refusal::BodyEmpty);
    }
    let text = std::str::from_utf8(body).map_err(|error| Refusal::NotUtf8(error.valid_up_to()))?;
    if text.starts_with(BYTE_ORDER_MARK) {
        let reason = "remove byte order mark".to_owned();
        return Err(Refusal::JsonInvalid { reason, line: 1, column: 1 });
    }
    let (value, keys_repeated) = Reader::new(text).document()?;
    if keys_repeated > 0 {
        tracing::warn!(
            json.keys_repeated = keys_repeated,
            "a body names keys twice; the last counts"
        );
    }
    Ok(value)
}
