//! The settings that a description declares.

use super::keys::TextList;
use super::{Entry, Fields, Node, Reader, Yaml, is_scalar};
use crate::descriptions::{Setting, SettingKind};
use crate::problems::Problem;
use crate::yaml::fields::mismatch;

const KEYS: [&str; 7] = ["secret", "type", "default", "optional", "several", "hosts", "help"];

/// What every connection has.
const TAKEN: [&str; 5] = ["provider", "base_url", "private", "rate_limit", "token_url"];

pub(super) fn settings(node: &Node, reader: &mut Reader) -> Vec<Setting> {
    let fields = Fields::of(node, "`settings`", &mut reader.problems);
    let mut settings = Vec::new();
    for entry in fields.iter().flat_map(Fields::entries) {
        reader.name(entry, "a setting");
        if TAKEN.contains(&entry.key.as_str()) {
            let message = format!("every connection has a `{}` already", entry.key);
            reader.problem("id_invalid", entry.place, message);
        }
        settings.extend(setting(entry, reader));
    }
    settings
}

fn setting(entry: &Entry, reader: &mut Reader) -> Option<Setting> {
    let what = format!("the setting `{}`", entry.key);
    let fields = Fields::of(&entry.value, &what, &mut reader.problems)?;
    fields.refuse_others(&KEYS, &mut reader.problems);
    let flag =
        |key: &str, reader: &mut Reader| fields.boolean(key, &mut reader.problems).unwrap_or(false);
    let (secret, optional) = (flag("secret", reader), flag("optional", reader));
    let several = flag("several", reader);
    let kind = reader.choice(&fields, "type", &SettingKind::ALL).unwrap_or(SettingKind::Text);
    let default = fields.value("default").and_then(|node| {
        if is_of(kind, node) {
            return Some(node.to_json());
        }
        reader.problems.push(mismatch(node, "default", wanted(kind)));
        None
    });
    let hosts = reader.texts(&fields, "hosts", TextList::Hosts);
    let hosts: Vec<_> = hosts.into_iter().map(|(host, _)| host).collect();
    let help = reader.required_text(&fields, "help");
    let at = |key: &str| fields.value(key).map_or(entry.place, |node| node.place);
    let mut refuse = |key: &str, message: &str| {
        reader.problems.push(Problem::new("not_together", at(key), message));
    };
    if secret && default.is_some() {
        refuse("default", "a secret has no `default`: it stands in no file");
    }
    if optional && default.is_some() {
        refuse("optional", "what has a `default` can be left out anyway");
    }
    if several && !secret {
        refuse("several", "there are `several` of a secret only");
    }
    if secret && !matches!(kind, SettingKind::Text | SettingKind::Url) {
        refuse("type", "a secret is a text or a whole address (`url`)");
    }
    if !hosts.is_empty() && kind != SettingKind::Url {
        refuse("hosts", "only a whole address (`type: url`) has `hosts`");
    }
    Some(Setting {
        name: entry.key.clone(),
        place: entry.place,
        secret,
        kind,
        optional,
        several,
        default,
        hosts,
        help: help?,
    })
}

fn is_of(kind: SettingKind, node: &Node) -> bool {
    match kind {
        SettingKind::Integer => matches!(node.value, Yaml::Integer(_)),
        SettingKind::Boolean => matches!(node.value, Yaml::Bool(_)),
        SettingKind::Map => match &node.value {
            Yaml::Map(entries) => entries.iter().all(|entry| is_scalar(&entry.value)),
            _ => false,
        },
        _ => node.as_text().is_some_and(|text| !text.contains("${{")),
    }
}

fn wanted(kind: SettingKind) -> &'static str {
    match kind {
        SettingKind::Integer => "a whole number",
        SettingKind::Boolean => "true or false",
        SettingKind::Map => "a map of names to texts or whole numbers",
        _ => "text",
    }
}
