//! Secrets stay where they are: after everything that can go wrong has gone wrong, with services that repeat
//! all they know in every form, no secret stands in what was written or said.
//!
//! What is planted and tried follows from the catalog, what is looked at from the API's document, the
//! command's help and the folder: whatever is new in one of them has to come here.

pub(crate) mod forms;
pub(crate) mod hostile;
mod in_process;
pub(crate) mod life;
pub(crate) mod planted;
mod process;
pub(crate) mod project;
mod said;

use forms::{MARK, leak};
use said::Said;

/// Of more leaks only these are shown.
const SHOWN_MAX: usize = 12;

/// No text holds a secret; the token of the admin API stands in its file alone.
fn check(said: &Said, token: &str) {
    let marks = [MARK, planted::key_mark()];
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

#[test]
fn what_is_secret_is_marked_so_in_every_provider() {
    let catalog = tradewind_connectors::catalog::catalog();
    for provider in &catalog.providers {
        let settings = (provider.settings)();
        for name in settings["properties"].as_object().into_iter().flatten().map(|(name, _)| name) {
            let sounds_secret = ["secret", "token", "key", "password", "service_account"]
                .iter()
                .any(|word| name.ends_with(word));
            let is_known = provider.secrets.iter().any(|secret| secret == name);
            assert!(!sounds_secret || is_known, "{}: {name} is not marked", provider.id);
        }
    }
}
