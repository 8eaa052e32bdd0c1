//! Whether a delivery is the vendor's.

use super::{Entry, Fields, Node, Reader, Yaml};
use crate::descriptions::{Decoding, Digest, Encoding, Hmac, SecretIn, Signed, Verify};
use crate::problems::{Place, Problem};
use crate::yaml::fields::mismatch;

const HMAC_KEYS: [&str; 12] = [
    "header",
    "prefix",
    "pairs",
    "separator",
    "key",
    "decode",
    "timestamp",
    "id",
    "over",
    "hash",
    "encoding",
    "tolerance",
];

pub(super) fn verify(node: &Node, reader: &mut Reader) -> Option<Verify> {
    let fields = Fields::of(node, "`verify`", &mut reader.problems)?;
    let [entry] = fields.entries() else {
        let message = "`verify` is exactly one of hmac, standard_webhooks, shared_secret or a verifier by its name";
        reader.problem("type_mismatch", node.place, message);
        return None;
    };
    let what = format!("`{}`", entry.key);
    let fields = Fields::of(&entry.value, &what, &mut reader.problems)?;
    match entry.key.as_str() {
        "hmac" => hmac(&fields, reader).map(|hmac| Verify::Hmac(Box::new(hmac))),
        "standard_webhooks" => {
            fields.refuse_others(&["key"], &mut reader.problems);
            let (key, place) = key(&fields, reader)?;
            Some(Verify::StandardWebhooks { key, place })
        }
        "shared_secret" => shared_secret(&fields, reader),
        _ => Some(named(entry, &fields, reader)),
    }
}

/// The setting with the secret.
fn key(fields: &Fields<'_>, reader: &mut Reader) -> Option<(String, Place)> {
    let node = fields.required("key", &mut reader.problems)?;
    Some((reader.id(node, "key")?.to_owned(), node.place))
}

fn hmac(fields: &Fields<'_>, reader: &mut Reader) -> Option<Hmac> {
    fields.refuse_others(&HMAC_KEYS, &mut reader.problems);
    let header = reader.required_text(fields, "header");
    for name in ["header", "timestamp", "id"] {
        if let Some((node, text)) =
            fields.value(name).and_then(|node| Some((node, node.as_text()?)))
        {
            reader.header(text, node.place);
        }
    }
    let prefix = reader.plain_text(fields, "prefix");
    let pairs = fields.value("pairs").and_then(|node| pairs(node, reader));
    let separator = fields.text("separator", &mut reader.problems).map(str::to_owned);
    let key = key(fields, reader);
    let decodings = [
        ("text", Decoding::Text),
        ("hex", Decoding::Hex),
        ("base64", Decoding::Base64),
        ("html", Decoding::Html),
    ];
    let decode = reader.choice(fields, "decode", &decodings).unwrap_or(Decoding::Text);
    let timestamp = reader.plain_text(fields, "timestamp");
    let id = reader.plain_text(fields, "id");
    let over = fields.required("over", &mut reader.problems).map(|node| over(node, reader));
    fields.required("hash", &mut reader.problems);
    let hashes = [("sha1", Digest::Sha1), ("sha256", Digest::Sha256), ("sha512", Digest::Sha512)];
    let hash = reader.choice(fields, "hash", &hashes);
    fields.required("encoding", &mut reader.problems);
    let encodings = [("hex", Encoding::Hex), ("base64", Encoding::Base64)];
    let encoding = reader.choice(fields, "encoding", &encodings);
    let tolerance = reader.duration(fields, "tolerance");
    let (key, key_place) = key?;
    let hmac = Hmac {
        header: header?,
        prefix,
        pairs,
        separator,
        key,
        key_place,
        decode,
        timestamp,
        id,
        over: over?,
        hash: hash?,
        encoding: encoding?,
        tolerance,
    };
    refuse_what_nobody_knows(&hmac, fields, reader);
    Some(hmac)
}

fn refuse_what_nobody_knows(hmac: &Hmac, fields: &Fields<'_>, reader: &mut Reader) {
    let place = |key: &str| fields.value(key).map_or(fields.place, |node| node.place);
    let in_pairs = hmac.pairs.as_ref().is_some_and(|(_, time)| time.is_some());
    let has_time = in_pairs || hmac.timestamp.is_some();
    if !hmac.over.contains(&Signed::Body) {
        let message = "`over` leaves out the body: anybody could change it";
        reader.problem("verify_weak", place("over"), message);
    }
    let signs_time = hmac.over.contains(&Signed::Timestamp);
    if signs_time && !has_time {
        let message = "`over` has a timestamp, but nothing says where it stands";
        let problem = Problem::new("missing_key", place("over"), message);
        reader.problems.push(problem.with_help("name it in `pairs`, or its header in `timestamp`"));
    }
    if hmac.tolerance.is_some() && !signs_time {
        let message = "`tolerance` needs a signed timestamp";
        reader.problem("verify_weak", place("tolerance"), message);
    }
    if signs_time && hmac.tolerance.is_none() {
        let message = "a signed timestamp needs a `tolerance`";
        let problem = Problem::new("missing_key", place("over"), message);
        reader.problems.push(problem.with_help("write it as in `tolerance: 300s`"));
    }
    // What ends the one could begin the other, under the same signature.
    let nothing = Signed::Literal(String::new());
    let told: Vec<&Signed> = hmac.over.iter().filter(|one| **one != nothing).collect();
    let meets =
        |pair: &[&Signed]| matches!(pair, [Signed::Id, Signed::Body] | [Signed::Body, Signed::Id]);
    if told.windows(2).any(meets) {
        let message =
            "`over` has nothing between the id and the body: parts of one could pass for the other";
        reader.problem("verify_weak", place("over"), message);
    }
    if hmac.over.contains(&Signed::Id) && hmac.id.is_none() {
        let message = "`over` has an id, but `id` names no header";
        reader.problem("missing_key", place("over"), message);
    }
}

fn pairs(node: &Node, reader: &mut Reader) -> Option<(String, Option<String>)> {
    let fields = Fields::of(node, "`pairs`", &mut reader.problems)?;
    fields.refuse_others(&["signature", "timestamp"], &mut reader.problems);
    let signature = reader.required_text(&fields, "signature");
    let timestamp = reader.plain_text(&fields, "timestamp");
    Some((signature?, timestamp))
}

/// Words for what a delivery has; every other text stands for itself.
fn over(node: &Node, reader: &mut Reader) -> Vec<Signed> {
    let Yaml::List(items) = &node.value else {
        reader.problems.push(mismatch(node, "over", "a list"));
        return Vec::new();
    };
    let words = [
        ("method", Signed::Method),
        ("url", Signed::Url),
        ("path", Signed::Path),
        ("timestamp", Signed::Timestamp),
        ("id", Signed::Id),
        ("body", Signed::Body),
    ];
    let mut over = Vec::new();
    for item in items {
        let Some(written) = reader.plain(item, "over") else { continue };
        let word = words.iter().find(|(word, _)| *word == written);
        let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let is_mistyped = written.len() > 2
            && word.is_none()
            && crate::problems::nearest(written, names.iter().copied()).is_some();
        if is_mistyped {
            let message = format!("there is no `{written}` to sign");
            let problem = Problem::new("unknown_value", item.place, message);
            reader.problems.push(problem.with_nearest(written, names));
        }
        over.push(word.map_or_else(|| Signed::Literal(written.to_owned()), |(_, one)| one.clone()));
    }
    over
}

fn shared_secret(fields: &Fields<'_>, reader: &mut Reader) -> Option<Verify> {
    fields.refuse_others(&["in", "name", "key"], &mut reader.problems);
    let node = fields.required("in", &mut reader.problems);
    let words = ["header", "query", "path", "basic", "bearer"].map(|word| (word, word));
    let sent = reader.choice(fields, "in", &words);
    let name = reader.plain_text(fields, "name");
    let key = key(fields, reader);
    let sent = sent?;
    let is_named = ["header", "query"].contains(&sent);
    if is_named != name.is_some() {
        let message = match is_named {
            true => format!("the key `name` is missing: the name of the {sent}"),
            false => format!("`in: {sent}` has no `name`"),
        };
        reader.problem("missing_key", node.map_or(fields.place, |node| node.place), message);
        return None;
    }
    let sent = match (sent, name) {
        ("header", Some(name)) => {
            reader.header(&name, fields.value("name").map_or(fields.place, |node| node.place));
            SecretIn::Header(name)
        }
        ("query", Some(name)) => SecretIn::Query(name),
        ("path", _) => SecretIn::Path,
        ("basic", _) => SecretIn::Basic,
        _ => SecretIn::Bearer,
    };
    let (key, place) = key?;
    Some(Verify::SharedSecret { sent, key, place })
}

fn named(entry: &Entry, fields: &Fields<'_>, reader: &mut Reader) -> Verify {
    let mut settings = Vec::new();
    for setting in fields.entries() {
        let name = reader.id(&setting.value, &setting.key);
        settings
            .extend(name.map(|name| (setting.key.clone(), name.to_owned(), setting.value.place)));
    }
    Verify::Named { name: entry.key.clone(), settings, place: entry.place }
}
