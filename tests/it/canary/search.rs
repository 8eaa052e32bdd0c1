//! The search through all that was written and said.

use super::answers::Said;
use super::forms::{MARK, leak};
use super::planted::key_mark;

/// Of more leaks only these are shown.
const SHOWN_MAX: usize = 12;

/// No text holds a secret; the token of the admin API stands in its file alone.
pub(super) fn check(said: &Said, token: &str) {
    let marks = [MARK, key_mark()];
    let mut leaks = Vec::new();
    for (what, text) in said {
        leaks.extend(leak(text, &marks).map(|leak| format!("{what} holds {leak}")));
        if text.contains(token) && !what.ends_with("/token") {
            leaks.push(format!("{what} holds the API token"));
        }
    }
    let shown = leaks.iter().take(SHOWN_MAX).map(String::as_str).collect::<Vec<_>>();
    assert!(leaks.is_empty(), "{} leaks\n{}", leaks.len(), shown.join("\n\n"));
}
