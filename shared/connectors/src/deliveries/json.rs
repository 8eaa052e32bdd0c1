//! Reading the JSON of a delivery, with limits and without losing anything: an integer that no
//! machine number holds stays as text, where `serde_json` alone would round it without a word.
//!
//! Invariant: a body of any bytes gives a value or a refusal, in time and space linear to its length.

mod reader;
#[cfg(test)]
mod tests;

use super::Refusal;
use reader::{Document, Reader};
use serde_json::Value;

/// How deep arrays and objects may be nested.
pub const DEPTH_MAX: usize = 64;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Why a body is refused where every key may come only once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotStrict {
    /// As any body is.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A key comes twice in one object.
    #[error("the key \"{0}\" comes twice")]
    DuplicateKey(String),
}

/// What a body says, and what was odd about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// The value.
    pub value: Value,
    /// What became of what was odd, a sentence each: keys that come twice, halves of characters,
    /// integers that stay as text.
    pub notes: Vec<String>,
}

/// The value of a body, whatever is odd about it. Of keys that come twice the last one wins, and
/// U+FFFD stands for a half of a character.
pub fn read(body: &[u8]) -> Result<Body, Refusal> {
    Ok(found(Reader::new(text(body)?).document()?))
}

/// The same without the links of a JSON:API document, which are most of a large one and lead nowhere
/// here: as values they would take ten times their length.
pub fn read_without_links(body: &[u8]) -> Result<Body, Refusal> {
    Ok(found(Reader::new(text(body)?).passing_over("links").document()?))
}

fn found(document: Document) -> Body {
    if document.keys_repeated > 0 {
        tracing::warn!(
            json.keys_repeated = document.keys_repeated,
            "a body names keys twice; the last counts"
        );
    }
    Body { value: document.value, notes: document.notes }
}

/// The value of a body in which no key comes twice and every text is whole.
pub fn read_strict(body: &[u8]) -> Result<Value, NotStrict> {
    let document = Reader::new(text(body)?).document()?;
    if let Some(refusal) = document.mended {
        return Err(refusal.into());
    }
    match document.key_repeated {
        None => Ok(document.value),
        Some(key) => Err(NotStrict::DuplicateKey(key)),
    }
}

fn text(body: &[u8]) -> Result<&str, Refusal> {
    if body.is_empty() {
        return Err(Refusal::BodyEmpty);
    }
    let text = std::str::from_utf8(body).map_err(|error| Refusal::NotUtf8(error.valid_up_to()))?;
    if text.starts_with(BYTE_ORDER_MARK) {
        let reason = "remove byte order mark".to_owned();
        return Err(Refusal::JsonInvalid { reason, line: 1, column: 1 });
    }
    Ok(text)
}
