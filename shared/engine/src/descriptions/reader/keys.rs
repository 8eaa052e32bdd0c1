//! What the keys of a description have in common.

use super::*;

/// What the texts of a list are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TextList {
    /// Anything.
    Words,
    /// Hosts.
    Hosts,
}

impl Reader {
    pub(crate) fn problem(&mut self, code: &str, place: Place, message: impl Into<String>) {
        self.problems.push(Problem::new(code, place, message));
    }

    /// The bare expression of a key, if the key is there.
    pub(crate) fn expression(&mut self, fields: &Fields<'_>, key: &str) -> Option<Expression> {
        let node = fields.value(key)?;
        self.expressions += 1;
        bare_expression(node, key, Missing::IsNull, &mut self.problems)
    }

    /// The bare expression of a key that must be there.
    pub(super) fn required_expression(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
    ) -> Option<Expression> {
        fields.required(key, &mut self.problems)?;
        self.expression(fields, key)
    }

    pub(crate) fn refuse_expression_in_key(&mut self, entry: &Entry) {
        if entry.key.contains("${{") {
            let message = "a key cannot hold an expression";
            self.problem("expression_invalid", entry.place, message);
        }
    }

    /// A text without an expression.
    pub(super) fn plain<'a>(&mut self, node: &'a Node, key: &str) -> Option<&'a str> {
        let plain = text(node, key, &mut self.problems)?;
        if let Some(at) = plain.find("${{") {
            let place = node.place_in_text(plain, at);
            self.problem("expression_invalid", place, format!("`{key}` cannot hold an expression"));
        }
        if plain.trim().is_empty() {
            self.problem("text_missing", node.place, format!("`{key}` is empty"));
        }
        Some(plain)
    }

    /// The text of a key without an expression, if the key is there.
    pub(super) fn plain_text(&mut self, fields: &Fields<'_>, key: &str) -> Option<String> {
        self.plain(fields.value(key)?, key).map(str::to_owned)
    }

    /// The text of a key that must be there.
    pub(super) fn required_text(&mut self, fields: &Fields<'_>, key: &str) -> Option<String> {
        let node = fields.required(key, &mut self.problems)?;
        self.plain(node, key).map(str::to_owned)
    }

    /// A page of the vendor.
    pub(super) fn link(&mut self, node: &Node, key: &str) -> Option<String> {
        let link = self.plain(node, key)?;
        if !link.starts_with("https://") || url::Url::parse(link).is_err() {
            let message = format!("`{key}` must be the address of a page, and begin with https://");
            self.problem("url_invalid", node.place, message);
        }
        Some(link.to_owned())
    }

    pub(super) fn required_link(&mut self, fields: &Fields<'_>, key: &str) -> Option<String> {
        let node = fields.required(key, &mut self.problems)?;
        self.link(node, key)
    }

    /// An id: small letters, digits and `_`.
    pub(super) fn id<'a>(&mut self, node: &'a Node, key: &str) -> Option<&'a str> {
        let id = self.plain(node, key)?;
        if !is_name(id) {
            let message =
                format!("`{key}` must be small letters, digits and `_`, and begin with a letter");
            self.problem("id_invalid", node.place, message);
        }
        Some(id)
    }

    /// The name of something, which expressions or others name.
    pub(super) fn name(&mut self, entry: &Entry, what: &str) {
        if !is_name(&entry.key) {
            let message = format!(
                "the name of {what} is small letters, digits and `_`, and begins with a letter"
            );
            self.problem("id_invalid", entry.place, message);
        }
    }

    /// The whole number of a key, if the key is there.
    pub(super) fn whole(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        least: i64,
        most: i64,
    ) -> Option<i64> {
        let node = fields.value(key)?;
        match node.value {
            Yaml::Integer(number) if (least..=most).contains(&number) => Some(number),
            Yaml::Integer(_) => {
                self.problem(
                    "out_of_range",
                    node.place,
                    format!("`{key}` must be {least} to {most}"),
                );
                None
            }
            _ => {
                self.problems.push(mismatch(node, key, "a whole number"));
                None
            }
        }
    }

    /// The length of time of a key, if the key is there.
    pub(super) fn duration(&mut self, fields: &Fields<'_>, key: &str) -> Option<Duration> {
        read_duration(fields, key, DELAY_MAX, &mut self.problems)
    }

    /// The value of a key that is one of some words, if the key is there.
    pub(super) fn choice<T: Copy>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        read_choice(fields, key, choices, &mut self.problems)
    }

    /// The texts of a list, if the key is there, with their places.
    pub(super) fn texts(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        list: TextList,
    ) -> Vec<(String, Place)> {
        let Some(node) = fields.value(key) else { return Vec::new() };
        let Yaml::List(items) = &node.value else {
            self.problems.push(mismatch(node, key, "a list"));
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items {
            let Some(text) = self.plain(item, key) else { continue };
            if list == TextList::Hosts {
                self.refuse_no_host(text, item.place);
            }
            texts.push((text.to_owned(), item.place));
        }
        texts
    }

    pub(super) fn refuse_no_host(&mut self, text: &str, place: Place) {
        let is_domain =
            matches!(url::Host::parse(text), Ok(url::Host::Domain(name)) if name == text);
        if !is_domain || !text.contains('.') {
            let message = format!("`{text}` is no host: write a name such as api.example.com");
            self.problem("host_invalid", place, message);
        }
    }

    /// The statuses of a list, if the key is there.
    pub(super) fn statuses(&mut self, fields: &Fields<'_>) -> Vec<u16> {
        let Some(node) = fields.value("status") else { return Vec::new() };
        let items = match &node.value {
            Yaml::List(items) if !items.is_empty() => items,
            _ => {
                let problem = mismatch(node, "status", "a list of statuses");
                self.problems.push(problem.with_help("write it as in `status: [200]`"));
                return Vec::new();
            }
        };
        let mut statuses = Vec::new();
        for item in items {
            let status = match item.value {
                Yaml::Integer(number) => u16::try_from(number).ok(),
                _ => None,
            };
            match status.filter(|status| (200..=599).contains(status)) {
                Some(status) if statuses.contains(&status) => {
                    self.problem(
                        "duplicate_value",
                        item.place,
                        format!("{status} stands here twice"),
                    );
                }
                Some(status) => statuses.push(status),
                None => {
                    let message = "a status is a whole number from 200 to 599";
                    self.problem("unknown_value", item.place, message);
                }
            }
        }
        statuses
    }

    /// The name of a header.
    pub(super) fn header(&mut self, name: &str, place: Place) {
        if http::HeaderName::try_from(name).is_err() {
            self.problem("header_invalid", place, format!("`{name}` is no name of a header"));
        }
    }
}

pub(super) fn is_name(text: &str) -> bool {
    let first = text.starts_with(|c: char| c.is_ascii_lowercase());
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    first && text.len() <= 100 && text.chars().all(rest)
}
