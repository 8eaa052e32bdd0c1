//! Files that go with a message.

use crate::contracts::text::check_words;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tradewind_engine::effects::ActionError;

/// The most files of one message.
const ATTACHMENTS_MAX: usize = 10;
/// The most bytes of all files together, before they are written as base64: with that they take 934 KB of a body, which
/// holds 1 MB.
const BYTES_MAX: usize = 700_000;
/// The longest name of a file.
const NAME_BYTES_MAX: usize = 255;

/// A file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// Its name as the recipient sees it, such as `invoice-1001.pdf`.
    pub name: String,
    /// What it is, such as `application/pdf`.
    pub content_type: String,
    /// Its bytes as base64 (RFC 4648, section 4), without line breaks.
    #[schemars(extend("contentEncoding" = "base64"))]
    pub content: String,
}

/// The files as every provider may send them; no files are none.
pub(super) fn checked_attachments(
    files: Option<Vec<Attachment>>,
) -> Result<Option<Vec<Attachment>>, ActionError> {
    let Some(files) = files.filter(|files| !files.is_empty()) else { return Ok(None) };
    if files.len() > ATTACHMENTS_MAX {
        return Err(ActionError::bad_data("too_many", "attachments"));
    }
    let mut bytes = 0;
    for (index, file) in files.iter().enumerate() {
        bytes += file.checked_bytes(&format!("attachments[{index}]"))?;
        if bytes > BYTES_MAX {
            return Err(ActionError::bad_data("too_large", "attachments"));
        }
    }
    Ok(Some(files))
}

impl Attachment {
    /// How many bytes it has, where it can be sent.
    fn checked_bytes(&self, place: &str) -> Result<usize, ActionError> {
        let name = format!("{place}.name");
        check_words(&self.name, &name)?;
        let is_path = self.name.contains(['/', '\\']) || [".", ".."].contains(&self.name.as_str());
        if is_path || self.name.len() > NAME_BYTES_MAX {
            return Err(ActionError::bad_data("name_invalid", &name));
        }
        let content_type = format!("{place}.content_type");
        check_words(&self.content_type, &content_type)?;
        if !is_content_type(&self.content_type) {
            return Err(ActionError::bad_data("content_type_invalid", &content_type));
        }
        let content = format!("{place}.content");
        if self.content.is_empty() {
            return Err(ActionError::bad_data("text_missing", &content));
        }
        let decoded = STANDARD.decode(&self.content);
        decoded
            .map(|bytes| bytes.len())
            .map_err(|_| ActionError::bad_data("base64_invalid", &content))
    }
}

/// A type and a subtype, whatever stands after a `;`.
fn is_content_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim();
    let is_token = |part: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte);
        !part.is_empty() && part.bytes().all(fits)
    };
    essence.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Attachment {
        Attachment {
            name: "invoice 1001.pdf".to_owned(),
            content_type: "application/pdf".to_owned(),
            content: STANDARD.encode("%PDF-1.7"),
        }
    }

    fn check_refused(change: impl Fn(&mut Attachment), expected: &str) {
        let mut other = file();
        change(&mut other);
        let refused = checked_attachments(Some(vec![file(), other])).unwrap_err();
        assert_eq!(refused.to_string(), expected);
    }

    #[test]
    fn files_that_can_be_sent_stay_as_they_are() {
        let text = "text/csv; charset=utf-8".to_owned();
        let files = vec![file(), Attachment { content_type: text, ..file() }];
        assert_eq!(checked_attachments(Some(files.clone())), Ok(Some(files)));
        assert_eq!(checked_attachments(Some(Vec::new())), Ok(None));
    }

    #[test]
    fn what_cannot_be_sent_is_named() {
        for name in ["../a", "a/b", "a\\b", "..", &"a".repeat(256)] {
            check_refused(|file| file.name = name.to_owned(), "name_invalid: attachments[1].name");
        }
        check_refused(|file| file.name = " ".to_owned(), "text_missing: attachments[1].name");
        check_refused(
            |file| file.name = "a\nb".to_owned(),
            "header_injection: attachments[1].name",
        );
        for kind in ["pdf", "application/", "/pdf", "a b/c", "a/b/c"] {
            let expected = "content_type_invalid: attachments[1].content_type";
            check_refused(|file| file.content_type = kind.to_owned(), expected);
        }
        for content in ["a", "YQ", "Y Q==", "YQ==\n", "_-__", "é"] {
            let expected = "base64_invalid: attachments[1].content";
            check_refused(|file| file.content = content.to_owned(), expected);
        }
        check_refused(|file| file.content = String::new(), "text_missing: attachments[1].content");
    }

    #[test]
    fn files_are_counted_and_measured_together() {
        let files = |count: usize, bytes: usize| {
            let content = STANDARD.encode(vec![b'x'; bytes]);
            checked_attachments(Some(vec![Attachment { content, ..file() }; count]))
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        assert_eq!(files(ATTACHMENTS_MAX, BYTES_MAX / ATTACHMENTS_MAX), Ok(()));
        assert_eq!(files(ATTACHMENTS_MAX + 1, 1), Err("too_many: attachments".to_owned()));
        assert_eq!(files(2, BYTES_MAX / 2 + 1), Err("too_large: attachments".to_owned()));
    }
}
