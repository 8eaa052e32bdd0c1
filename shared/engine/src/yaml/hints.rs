//! Advice on YAML errors that come from an expression without quotes.

/// What to do about a syntax error on a line, when an expression there is the likely cause.
pub(super) fn for_syntax_error(source: &str, line: usize) -> Option<String> {
    let near = source.lines().skip(line.saturating_sub(3)).take(line.min(3));
    let near: Vec<&str> = near.collect();
    if near.iter().any(|line| line.contains("${{")) {
        return Some(QUOTE_PLACEHOLDER.to_owned());
    }
    let bare = ["if:", "once_per:", "only_if_still:", "key:"];
    if near.iter().any(|line| bare.iter().any(|key| line.contains(key))) {
        return Some(QUOTE_BARE.to_owned());
    }
    None
}

/// Whether an unquoted text has lost the end of an expression, which ` #` cuts off as a comment.
pub(super) fn lost_its_end(text: &str) -> bool {
    text.rfind("${{").is_some_and(|start| !text[start..].contains("}}"))
}

/// Advice for an expression within a text.
pub(super) const QUOTE_PLACEHOLDER: &str = "put the text with its expression in quotes, as in \
    \"${{ … }}\": in `{ }`, in `[ ]` and with `: ` or ` #` inside, YAML reads an unquoted one \
    differently";
const QUOTE_BARE: &str =
    "put the whole expression in quotes: it begins with a quote, or holds `: `";
