//! The address that a delivery came to. People copy addresses with a slash too many, or write a name
//! in capitals; such an address leads to the endpoint that it means.

use percent_encoding::percent_decode_str;

/// The longest path that is shown.
const PATH_CHARS_MAX: usize = 200;

/// Where a delivery came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// As it was asked for, without the query, cut to what is shown.
    pub(super) path: String,
    /// The provider in it; empty where it has none.
    pub(super) provider: String,
    /// The connection in it; empty where it has none.
    pub(super) connection: String,
    /// Whether it is an address of hooks and nothing more.
    pub(super) is_hook: bool,
}

impl Address {
    /// What a path says.
    pub(super) fn of(path: &str) -> Self {
        let parts: Vec<String> =
            path.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
        let (provider, connection, is_hook) = match &parts[..] {
            [hooks, rest @ ..] if hooks == "hooks" => match rest {
                [provider, connection] => (provider.as_str(), connection.as_str(), true),
                [provider, connection, ..] => (provider.as_str(), connection.as_str(), false),
                [provider] => (provider.as_str(), "", false),
                [] => ("", "", false),
            },
            _ => ("", "", false),
        };
        let (provider, connection) = (provider.to_owned(), connection.to_owned());
        // The rest of a link opens an approval: whoever reads lists and logs is not to learn it.
        let is_link = parts.first().is_some_and(|first| first.eq_ignore_ascii_case("links"));
        let path = if is_link { "/links/…" } else { path };
        Self { path: path.chars().take(PATH_CHARS_MAX).collect(), provider, connection, is_hook }
    }
}

/// A part of a path, decoded; what is no text has marks in it, and so names nothing.
fn decoded(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, provider: &str, connection: &str, is_hook: bool) {
        let found = Address::of(path);
        let (provider, connection) = (provider.to_owned(), connection.to_owned());
        assert_eq!(found, Address { path: path.to_owned(), provider, connection, is_hook });
    }

    #[test]
    fn of_a_misspelled_link_nothing_is_shown() {
        for path in ["//links/secret", "/Links/secret/", "/links//secret"] {
            assert_eq!(Address::of(path).path, "/links/…", "{path}");
        }
    }

    #[test]
    fn slashes_too_many_and_escapes_change_nothing() {
        for path in ["/hooks/a/b", "/hooks/a/b/", "//hooks//a/b//", "/hooks/%61/b", "/hook%73/a/b"]
        {
            check(path, "a", "b", true);
        }
        check("/hooks/a/b%2Fc", "a", "b/c", true);
        check("/hooks/a/%FF", "a", "\u{fffd}", true);
    }

    #[test]
    fn an_address_of_something_else_says_what_it_can() {
        check("/hooks/a/b/c", "a", "b", false);
        check("/hooks/a", "a", "", false);
        check("/hooks/", "", "", false);
        check("/hook/a/b", "", "", false);
        check("/", "", "", false);
        assert_eq!(Address::of(&"/a".repeat(500)).path.len(), PATH_CHARS_MAX);
    }
}
