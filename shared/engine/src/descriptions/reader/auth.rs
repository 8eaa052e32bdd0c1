//! How a call says who makes it.

use super::patterns::{address, pattern, setting};
use super::{Fields, Node, Reader, Yaml};
use crate::descriptions::{Auth, Credentials, OAuth, Pattern};
use crate::problems::Place;
use crate::yaml::fields::mismatch;

const OAUTH_KEYS: [&str; 8] = ["grant", "at", "id", "secret", "as", "scope", "lasts", "send"];

pub(super) fn auth(node: &Node, reader: &mut Reader) -> Option<Auth> {
    let fields = Fields::of(node, "`auth`", &mut reader.problems)?;
    let [entry] = fields.entries() else {
        let message = "`auth` is exactly one of headers, bearer, basic, oauth or an authenticator by its name";
        reader.problem("type_mismatch", node.place, message);
        return None;
    };
    let value = &entry.value;
    match entry.key.as_str() {
        "headers" => {
            let headers = named(value, "headers", reader)?;
            for (name, place, _) in &headers {
                reader.header(name, *place);
            }
            Some(Auth::Headers(headers))
        }
        "bearer" => setting(value, "bearer", reader).map(Auth::Bearer),
        "basic" => {
            let Yaml::List(both) = &value.value else {
                reader.problems.push(mismatch(value, "basic", "a list of a user and a password"));
                return None;
            };
            let [user, password] = &both[..] else {
                let message = "`basic` is a list of a user and a password";
                reader.problem("type_mismatch", value.place, message);
                return None;
            };
            let user = pattern(user, "basic", reader);
            Some(Auth::Basic { user: user?, password: pattern(password, "basic", reader)? })
        }
        "oauth" => oauth(value, reader).map(|oauth| Auth::OAuth(Box::new(oauth))),
        name => {
            let arguments = named(value, name, reader)?;
            Some(Auth::Named { name: name.to_owned(), place: entry.place, arguments })
        }
    }
}

fn named(node: &Node, key: &str, reader: &mut Reader) -> Option<Vec<(String, Place, Pattern)>> {
    let fields = Fields::of(node, &format!("`{key}`"), &mut reader.problems)?;
    let mut named = Vec::new();
    for entry in fields.entries() {
        let pattern = pattern(&entry.value, &entry.key, reader);
        named.extend(pattern.map(|pattern| (entry.key.clone(), entry.place, pattern)));
    }
    Some(named)
}

fn oauth(node: &Node, reader: &mut Reader) -> Option<OAuth> {
    let fields = Fields::of(node, "`oauth`", &mut reader.problems)?;
    fields.refuse_others(&OAUTH_KEYS, &mut reader.problems);
    fields.required("grant", &mut reader.problems);
    reader.choice(&fields, "grant", &[("client_credentials", ())]);
    let at = fields.required("at", &mut reader.problems);
    let at = at.and_then(|node| address(node, "at", reader));
    let id = fields.required("id", &mut reader.problems);
    let id = id.and_then(|node| setting(node, "id", reader));
    let secret = fields.required("secret", &mut reader.problems);
    let secret = secret.and_then(|node| setting(node, "secret", reader));
    let as_words = [("basic", Credentials::Basic), ("form", Credentials::Form)];
    fields.required("as", &mut reader.problems);
    let credentials = reader.choice(&fields, "as", &as_words);
    let scope = fields.value("scope").and_then(|node| pattern(node, "scope", reader));
    let lasts = reader.duration(&fields, "lasts");
    let scheme = match fields.value("send") {
        Some(node) => scheme(node, reader),
        None => Some("Bearer".to_owned()),
    };
    Some(OAuth {
        at: at?,
        id: id?,
        secret: secret?,
        credentials: credentials?,
        scope,
        lasts,
        scheme: scheme?,
    })
}

/// What stands before `{token}`.
fn scheme(node: &Node, reader: &mut Reader) -> Option<String> {
    let written = reader.plain(node, "send")?;
    let scheme = written.strip_suffix(" {token}");
    let is_word = |text: &&str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let scheme = scheme.filter(is_word);
    if scheme.is_none() {
        reader.problem("unknown_value", node.place, "`send` is one word and ` {token}` behind it");
    }
    scheme.map(str::to_owned)
}
