//! Names that a sender gave, as they are kept.

use tradewind_engine::texts::is_hidden;

/// The longest name of a path that is shown.
const NAME_CHARS_MAX: usize = 100;

/// The path is the sender's: it must not fill the log, nor act upon who reads it.
pub(super) fn shortened(text: &str) -> String {
    text.chars().filter(|character| !is_hidden(*character)).take(NAME_CHARS_MAX).collect()
}
