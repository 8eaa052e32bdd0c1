//! Texts in which settings stand by name, and the addresses among them.

use super::Reader;
use crate::descriptions::{Pattern, PatternPiece};
use crate::problems::Problem;
use crate::yaml::Node;
use crate::yaml::fields::text;

/// The pattern of a value.
pub(super) fn pattern(node: &Node, key: &str, reader: &mut Reader) -> Option<Pattern> {
    let source = text(node, key, &mut reader.problems)?;
    if let Some(at) = source.find("${{") {
        let place = node.place_in_text(source, at);
        let message = format!("`{key}` cannot hold an expression");
        let problem = Problem::new("expression_invalid", place, message);
        reader.problems.push(problem.with_help("name a setting, as in `{name}`"));
        return None;
    }
    let mut pieces = Vec::new();
    let mut rest = source;
    while let Some(start) = rest.find(['{', '}']) {
        let at = source.len() - rest.len() + start;
        let end = rest[start..].find('}').filter(|_| rest[start..].starts_with('{'));
        let name = end.map(|end| &rest[start + 1..start + end]);
        let Some(name) = name.filter(|name| super::keys::is_name(name)) else {
            let place = node.place_in_text(source, at);
            let message = format!("`{key}` has a brace that names no setting");
            let problem = Problem::new("expression_invalid", place, message);
            reader.problems.push(problem.with_help("a setting is named as in `{name}`"));
            return None;
        };
        if start > 0 {
            pieces.push(PatternPiece::Text(rest[..start].to_owned()));
        }
        let place = node.place_in_text(source, at + 1);
        pieces.push(PatternPiece::Setting { name: name.to_owned(), place });
        rest = &rest[start + name.len() + 2..];
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(PatternPiece::Text(rest.to_owned()));
    }
    Some(Pattern { place: node.place, pieces })
}

/// The value of a setting that is named without braces.
pub(super) fn setting(node: &Node, key: &str, reader: &mut Reader) -> Option<Pattern> {
    let name = reader.id(node, key)?;
    Some(Pattern::of_setting(name, node.place))
}

/// An address that paths are put behind: `https://` and a host, or the whole of a setting.
pub(super) fn base_url(node: &Node, reader: &mut Reader) -> Option<Pattern> {
    let pattern = address(node, "base_url", reader)?;
    if pattern.source().ends_with('/') {
        let problem = Problem::new("url_invalid", node.place, "`base_url` ends with `/`");
        reader.problems.push(problem.with_help("each path begins with it"));
    }
    Some(pattern)
}

/// An address with settings in it.
pub(super) fn address(node: &Node, key: &str, reader: &mut Reader) -> Option<Pattern> {
    let pattern = pattern(node, key, reader)?;
    if pattern.whole_setting().is_some() {
        return Some(pattern);
    }
    let source = pattern.source();
    let Some(behind) = source.strip_prefix("https://") else {
        let message = format!("`{key}` must begin with https://");
        reader.problem("url_invalid", node.place, message);
        return Some(pattern);
    };
    let authority = behind.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        reader.problem("url_invalid", node.place, format!("`{key}` names no host"));
    } else if authority.contains(['@', ':']) {
        let message = format!("`{key}` names a user or a port: it is `https://` and a host");
        reader.problem("url_invalid", node.place, message);
    } else if behind.contains(['?', '#']) {
        let message = format!("`{key}` has a query or a fragment: nothing can follow behind these");
        reader.problem("url_invalid", node.place, message);
    } else if behind.split('/').skip(1).any(|segment| [".", ".."].contains(&segment)) {
        let message = format!("`{key}` has a segment of dots: it would lead elsewhere");
        reader.problem("url_invalid", node.place, message);
    } else if !authority.contains('{') {
        reader.refuse_no_host(authority, node.place);
    }
    Some(pattern)
}
