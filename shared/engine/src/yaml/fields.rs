//! Reading the known keys of a map, and saying what is wrong with the others.

use super::{Entry, Node, Yaml};
use crate::problems::{Place, Problem};

/// The entries of a map whose keys are known.
pub struct Fields<'a> {
    entries: &'a [Entry],
    /// Where the map begins.
    pub place: Place,
}

impl<'a> Fields<'a> {
    /// The map, or a problem that says what should be one.
    pub fn of(node: &'a Node, what: &str, problems: &mut Vec<Problem>) -> Option<Self> {
        match &node.value {
            Yaml::Map(entries) => Some(Self { entries, place: node.place }),
            _ => {
                let message = format!("{what} must be a map, but is {}", node.kind());
                problems.push(Problem::new("type_mismatch", node.place, message));
                None
            }
        }
    }

    /// All entries, as they are written.
    pub fn entries(&self) -> &'a [Entry] {
        self.entries
    }

    /// The value of a key.
    pub fn value(&self, key: &str) -> Option<&'a Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The value of a key that must be there.
    pub fn required(&self, key: &str, problems: &mut Vec<Problem>) -> Option<&'a Node> {
        let value = self.value(key);
        if value.is_none() {
            let message = format!("the key `{key}` is missing");
            problems.push(Problem::new("missing_key", self.place, message));
        }
        value
    }

    /// The text of a key, if the key is there.
    pub fn text(&self, key: &str, problems: &mut Vec<Problem>) -> Option<&'a str> {
        self.value(key).and_then(|node| text(node, key, problems))
    }

    /// `true` or `false` of a key, if the key is there.
    pub fn boolean(&self, key: &str, problems: &mut Vec<Problem>) -> Option<bool> {
        let node = self.value(key)?;
        match node.value {
            Yaml::Bool(value) => Some(value),
            _ => {
                problems.push(mismatch(node, key, "true or false"));
                None
            }
        }
    }

    /// A problem for every key that is not known.
    pub fn refuse_others(&self, known: &[&str], problems: &mut Vec<Problem>) {
        for entry in self.entries {
            let key = entry.key.as_str();
            if known.contains(&key) {
                continue;
            }
            let problem =
                Problem::new("unknown_key", entry.place, format!("there is no key `{key}` here"));
            let listed = problem.with_help(format!("the keys are {}", known.join(", ")));
            problems.push(listed.with_nearest(key, known.iter().copied()));
        }
    }
}

/// The text of a value that must be one.
pub fn text<'a>(node: &'a Node, key: &str, problems: &mut Vec<Problem>) -> Option<&'a str> {
    let text = node.as_text();
    if text.is_none() {
        problems.push(mismatch(node, key, "text"));
    }
    text
}

/// The problem of a value that is not what its key asks for.
pub fn mismatch(node: &Node, key: &str, wanted: &str) -> Problem {
    let message = format!("`{key}` must be {wanted}, but is {}", node.kind());
    let problem = Problem::new("type_mismatch", node.place, message);
    let quotable = matches!(node.value, Yaml::Bool(_) | Yaml::Integer(_) | Yaml::Float(_));
    if wanted == "text" && quotable { problem.with_help("put it in quotes") } else { problem }
}
