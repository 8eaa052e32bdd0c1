//! Requests: method, path, query, headers, body and key.

use super::{Fields, Node, Reader};
use crate::descriptions::template::{form, members};
use crate::descriptions::{
    Body, FormContent, FormMember, Key, KeyForm, KeyPlace, ListStyle, Method, Path, TextForm,
    TextPiece,
};
use crate::problems::Problem;

/// The keys of a request.
pub(super) const REQUEST_KEYS: [&str; 10] =
    ["get", "post", "put", "patch", "delete", "query", "headers", "json", "form", "lists"];

/// The longest key that is sent.
const KEY_LENGTH_MAX: i64 = 1_000;

/// The method and the path; nothing only where a problem says why.
pub(super) fn target(fields: &Fields<'_>, reader: &mut Reader) -> Option<(Method, Path)> {
    let named =
        Method::ALL.into_iter().filter_map(|(key, method)| Some((key, method, fields.value(key)?)));
    let named: Vec<_> = named.collect();
    let [(key, method, node)] = named[..] else {
        let problem = match named.get(1) {
            Some((second, _, node)) => {
                let message = format!("`{second}` is a second request: there is one");
                Problem::new("not_together", node.place, message)
            }
            None => {
                let problem = Problem::new("missing_key", fields.place, "there is no request");
                problem.with_help("write one of get, post, put, patch or delete, with the path")
            }
        };
        reader.problems.push(problem);
        return None;
    };
    Some((method, path(node, key, reader)?))
}

/// The method and the path of what only reads. Whoever writes `post` says that nothing is changed by it.
pub(super) fn question(fields: &Fields<'_>, reader: &mut Reader) -> Option<(Method, Path)> {
    let (key, method, beside, message) = match fields.value("post") {
        Some(_) => ("post", Method::Post, "get", "`get` is a second request: there is one"),
        None => ("get", Method::Get, "json", "a question by `get` has no body: write `post`"),
    };
    let node = fields.required(key, &mut reader.problems)?;
    if let Some(beside) = fields.value(beside) {
        reader.problem("not_together", beside.place, message);
    }
    Some((method, path(node, key, reader)?))
}

pub(super) fn path(node: &Node, key: &str, reader: &mut Reader) -> Option<Path> {
    let path = TextForm::read(node, key, reader)?;
    let begins = node.as_text().is_some_and(|text| text.is_empty() || text.starts_with('/'));
    if !begins {
        let problem =
            Problem::new("path_invalid", node.place, format!("`{key}` must begin with `/`"));
        let help = "the host stands in `base_url`; an empty path is that address itself";
        reader.problems.push(problem.with_help(help));
    }
    let texts = path.pieces.iter().filter_map(|piece| match piece {
        TextPiece::Text(text) => Some(text.as_str()),
        TextPiece::Expression(_) => None,
    });
    let texts: Vec<_> = texts.collect();
    if texts.iter().any(|text| text.contains(['?', '#'])) {
        let problem = Problem::new("path_invalid", node.place, format!("`{key}` holds a query"));
        reader.problems.push(problem.with_help("write it under `query`"));
    }
    if texts.iter().any(|text| text.contains(['{', '}'])) {
        let message = format!("`{key}` holds a brace, which would be sent as it is");
        let problem = Problem::new("path_invalid", node.place, message);
        let help = "`{name}` stands in `base_url`; here a setting is `${{ settings.name }}`";
        reader.problems.push(problem.with_help(help));
    }
    // Clients write these in their own ways, or take them for something else.
    let is_odd = |c: char| c == '\\' || c.is_whitespace() || c.is_control() || !c.is_ascii();
    if texts.iter().any(|text| text.contains(is_odd)) {
        let message = format!("`{key}` holds a character that no address holds");
        let problem = Problem::new("path_invalid", node.place, message);
        reader
            .problems
            .push(problem.with_help("write it percent-encoded, as in `%20` for a blank"));
    }
    let written = texts.join("x").replace("%2e", ".").replace("%2E", ".");
    if written.split('/').any(|segment| [".", ".."].contains(&segment)) {
        let message = format!("`{key}` has a segment of dots: it would lead elsewhere");
        reader.problem("path_invalid", node.place, message);
    }
    Some(path)
}

pub(super) fn query(fields: &Fields<'_>, reader: &mut Reader) -> Option<Vec<FormMember>> {
    fields.value("query").map(|node| members(node, "query", reader))
}

pub(super) fn headers(fields: &Fields<'_>, reader: &mut Reader) -> Option<Vec<FormMember>> {
    let headers = fields.value("headers").map(|node| members(node, "headers", reader))?;
    for (place, header) in headers.iter().enumerate() {
        reader.header(&header.name, header.place);
        if headers[..place].iter().any(|other| other.name.eq_ignore_ascii_case(&header.name)) {
            let message = format!("the header `{}` is there already", header.name);
            reader.problem("header_invalid", header.place, message);
        }
    }
    Some(headers)
}

/// The body, if there is one.
pub(super) fn body(fields: &Fields<'_>, reader: &mut Reader) -> Body {
    let styles =
        [("index", ListStyle::Index), ("repeat", ListStyle::Repeat), ("empty", ListStyle::Empty)];
    let lists = reader.choice(fields, "lists", &styles);
    match (fields.value("json"), fields.value("form")) {
        (Some(_), Some(second)) => {
            let message = "a request has one body: `json` or `form`";
            reader.problem("not_together", second.place, message);
            Body::None
        }
        (None, Some(node)) => {
            let fields = form(node, reader);
            if !matches!(fields.content, FormContent::Map(_) | FormContent::Whole(_)) {
                let message = format!("`form` must be a map, but is {}", node.kind());
                reader.problem("type_mismatch", node.place, message);
            }
            Body::Form { fields, lists: lists.unwrap_or(ListStyle::Index) }
        }
        (json, None) => {
            if let Some(node) = fields.value("lists") {
                reader.problem("missing_key", node.place, "`lists` needs a `form` beside it");
            }
            json.map_or(Body::None, |node| Body::Json(form(node, reader)))
        }
    }
}

/// How the idempotency key is sent.
pub(super) fn key(node: &Node, reader: &mut Reader) -> Option<Key> {
    let fields = Fields::of(node, "`key`", &mut reader.problems)?;
    fields
        .refuse_others(&["header", "query", "body", "form", "max", "window"], &mut reader.problems);
    let mut places = Vec::new();
    if let Some(name) = reader.plain_text(&fields, "header") {
        reader.header(&name, fields.value("header").map_or(node.place, |node| node.place));
        places.push(KeyPlace::Header(name));
    }
    places.extend(reader.plain_text(&fields, "query").map(KeyPlace::Query));
    places.extend(reader.plain_text(&fields, "body").map(KeyPlace::Body));
    if places.len() > 1 {
        let message = "a key goes to one place: `header`, `query` or `body`";
        reader.problem("not_together", node.place, message);
    }
    let forms = [("text", KeyForm::Text), ("uuid", KeyForm::Uuid), ("hex", KeyForm::Hex)];
    let form = reader.choice(&fields, "form", &forms).unwrap_or(KeyForm::Text);
    let max = reader.whole(&fields, "max", 32, KEY_LENGTH_MAX);
    let window = reader.duration(&fields, "window");
    if let (KeyForm::Uuid, Some(node)) = (form, fields.value("max")) {
        reader.problem("not_together", node.place, "a UUID has one length: it needs no `max`");
    }
    let max = max.and_then(|max| usize::try_from(max).ok());
    Some(Key { place: node.place, sent: places.pop(), form, max, window })
}
