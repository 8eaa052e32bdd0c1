//! The settings of a connection: literal, from the environment, or a secret by name.

use crate::problems::Problem;
use crate::yaml::{Node, Yaml};

/// A setting as it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Bool(bool),
    /// `${{ env.NAME }}`: read where the command runs.
    Env(String),
    /// `${{ secret.name }}`: read when a step starts.
    Secret(String),
    /// A list.
    List(Vec<Setting>),
    /// A map, in the order it is written.
    Map(Vec<(String, Setting)>),
}

impl Setting {
    /// The names of all secrets in it.
    pub fn secrets(&self) -> Vec<&str> {
        match self {
            Self::Secret(name) => vec![name],
            Self::List(items) => items.iter().flat_map(Self::secrets).collect(),
            Self::Map(entries) => entries.iter().flat_map(|(_, entry)| entry.secrets()).collect(),
            Self::Text(_) | Self::Integer(_) | Self::Bool(_) | Self::Env(_) => Vec::new(),
        }
    }
}

/// Reads a setting; nothing only where a problem says why.
pub(super) fn setting(node: &Node, key: &str, problems: &mut Vec<Problem>) -> Option<Setting> {
    match &node.value {
        Yaml::Text(text) => reference(node, text, problems),
        Yaml::Integer(value) => Some(Setting::Integer(*value)),
        Yaml::Bool(value) => Some(Setting::Bool(*value)),
        Yaml::List(items) => {
            let settings: Vec<_> = items.iter().map(|item| setting(item, key, problems)).collect();
            settings.into_iter().collect::<Option<_>>().map(Setting::List)
        }
        Yaml::Map(entries) => {
            let settings: Vec<_> = entries
                .iter()
                .map(|entry| {
                    Some((entry.key.clone(), setting(&entry.value, &entry.key, problems)?))
                })
                .collect();
            settings.into_iter().collect::<Option<_>>().map(Setting::Map)
        }
        Yaml::Null | Yaml::Float(_) => {
            let message = format!("the setting `{key}` cannot be {}", node.kind());
            problems.push(Problem::new("type_mismatch", node.place, message));
            None
        }
    }
}

fn reference(node: &Node, text: &str, problems: &mut Vec<Problem>) -> Option<Setting> {
    let Some(start) = text.find("${{") else {
        return Some(Setting::Text(text.to_owned()));
    };
    let whole = text.trim().strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}"));
    let Some(inside) = whole.map(str::trim).filter(|inside| !inside.contains("${{")) else {
        let message = "`env` and `secret` stand alone: they cannot be part of a longer text";
        let place = node.place_in_text(text, start);
        problems.push(Problem::new("expression_invalid", place, message));
        return None;
    };
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    match inside.split_once('.') {
        Some(("env", name)) if is_name(name) => Some(Setting::Env(name.to_owned())),
        Some(("secret", name)) if is_name(name) => Some(Setting::Secret(name.to_owned())),
        _ => {
            let message =
                "a setting can be `${{ env.NAME }}` or `${{ secret.name }}`, nothing else";
            let place = node.place_in_text(text, start);
            problems.push(Problem::new("expression_invalid", place, message));
            None
        }
    }
}
