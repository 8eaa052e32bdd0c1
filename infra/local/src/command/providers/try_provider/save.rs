//! Keeping what a service answered as a case of the provider's fixtures.
//!
//! Invariant: no secret of the connection goes into the file, and no mail address but made-up ones.

use super::send::Answered;
use crate::command::cx::Cx;
use crate::command::error::Error;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tradewind_engine::texts::is_mail_address;

/// Who stands in the place of real people.
const PEOPLE: [&str; 4] = ["ada", "grace", "mary", "charles"];

/// A provider's fixtures, to which a case can be added.
pub(super) struct Fixtures {
    file: String,
    path: PathBuf,
    source: String,
}

impl Fixtures {
    /// Those of that provider, before anything is sent: a call whose answer cannot be kept is better not made.
    pub(super) fn of(cx: &Cx, provider: &str) -> Result<Self, Error> {
        let file = format!("providers/{provider}.fixtures.yaml");
        let path = cx.dir.join(&file);
        let source = read(&path)?;
        if appended(&source, &[]).is_none() {
            return Err(Error::Usage(format!(
                "{file} has no list below a line `cases:` that a case can be added to"
            )));
        }
        Ok(Self { file, path, source })
    }

    /// Adds the case; where to.
    pub(super) fn save(
        self,
        action: &str,
        input: &Value,
        answers: &[Answered],
    ) -> Result<String, Error> {
        let saved = appended(&self.source, &case(action, input, answers)).unwrap_or(self.source);
        fs::write(&self.path, saved).map_err(|source| Error::file(&self.path, source))?;
        Ok(self.file)
    }
}

fn read(path: &Path) -> Result<String, Error> {
    match fs::read_to_string(path) {
        Ok(source) => Ok(source),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Ok("# Secrets are made up.\nsettings: {}\ncases:\n".to_owned())
        }
        Err(source) => Err(Error::file(path, source)),
    }
}

/// The lines of a case, as an item of a list.
fn case(action: &str, input: &Value, answers: &[Answered]) -> Vec<String> {
    let mut people = People::default();
    let input = people.replaced_in(input);
    let answers: Vec<Value> = answers.iter().map(|one| people.replaced_in(&answer(one))).collect();
    let mut lines = vec![
        "- TODO what this shows:".to_owned(),
        format!("    action: {action}"),
        format!("    input: {input}"),
    ];
    match &answers[..] {
        [answer] => lines.extend(["    sends:".to_owned(), format!("    answer: {answer}")]),
        several => {
            lines.push("    calls:".to_owned());
            for answer in several {
                lines.extend(["      - sends:".to_owned(), format!("        answer: {answer}")]);
            }
        }
    }
    lines.push("    outcome:".to_owned());
    lines
}

/// As fixtures say it.
fn answer(answered: &Answered) -> Value {
    let mut members = Map::from_iter([("status".to_owned(), json!(answered.status))]);
    let body: Result<Value, _> = serde_json::from_str(&answered.body);
    let mut headers: Map<String, Value> =
        answered.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    if body.is_ok() {
        headers.remove("content-type");
    }
    if !headers.is_empty() {
        members.insert("headers".to_owned(), headers.into());
    }
    match body {
        Ok(body) => members.insert("json".to_owned(), body),
        Err(_) if answered.body.is_empty() => None,
        Err(_) => members.insert("text".to_owned(), json!(answered.body)),
    };
    members.into()
}

/// The file with the case as the last item below `cases:`; nothing where there is no such line.
fn appended(source: &str, case: &[String]) -> Option<String> {
    let lines: Vec<&str> = source.lines().collect();
    let cases = lines.iter().position(|line| line.trim_end() == "cases:")?;
    let is_within = |line: &&str| line.is_empty() || line.starts_with([' ', '-', '#']);
    let after = lines[cases + 1..].iter().take_while(|line| is_within(line)).count();
    let mut end = cases + 1 + after;
    while lines[end - 1].trim().is_empty() {
        end -= 1;
    }
    let first = lines[cases + 1..end].iter().find(|line| line.trim_start().starts_with("- "));
    let indent = first.map_or(2, |line| line.len() - line.trim_start().len());
    let pad = " ".repeat(indent);
    let case: Vec<String> = case.iter().map(|line| format!("{pad}{line}")).collect();
    let all = lines[..end].iter().copied().chain(case.iter().map(String::as_str));
    let all: Vec<&str> = all.chain(lines[end..].iter().copied()).collect();
    Some(all.join("\n") + "\n")
}

/// Mail addresses, each with the made-up one in its place.
#[derive(Default)]
struct People(BTreeMap<String, String>);

impl People {
    fn replaced_in(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.replaced(text)),
            Value::Array(items) => items.iter().map(|item| self.replaced_in(item)).collect(),
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(name, value)| (self.replaced(name), self.replaced_in(value)))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    fn replaced(&mut self, text: &str) -> String {
        let ends = |c: char| c.is_whitespace() || ",;:<>()[]\"'".contains(c);
        let mut replaced = String::new();
        for part in text.split_inclusive(ends) {
            let (word, end) = part.split_at(part.trim_end_matches(ends).len());
            // A full stop behind an address ends a sentence.
            let address = word.trim_end_matches('.');
            if is_mail_address(address) {
                replaced.push_str(self.made_up(address));
                replaced.push_str(&word[address.len()..]);
            } else {
                replaced.push_str(word);
            }
            replaced.push_str(end);
        }
        replaced
    }

    fn made_up(&mut self, address: &str) -> &str {
        let number = self.0.len();
        self.0.entry(address.to_lowercase()).or_insert_with(|| match PEOPLE.get(number) {
            Some(name) => format!("{name}@example.com"),
            None => format!("person{number}@example.com"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Answered, appended, case};
    use serde_json::json;

    fn answered(body: &str) -> Answered {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Answered { status: 201, headers, body: body.to_owned() }
    }

    #[test]
    fn people_are_made_up_and_the_same_person_stays_the_same() {
        let input = json!({ "to": "eve@shop.example", "text": "From Eve <EVE@shop.example>, and bob@b.example." });
        let lines = case("email.send", &input, &[answered(r#"{"sent":"eve@shop.example"}"#)]);
        assert_eq!(
            lines.join("\n"),
            "- TODO what this shows:\n    action: email.send\n    input: \
             {\"to\":\"ada@example.com\",\"text\":\"From Eve <ada@example.com>, and grace@example.com.\"}\n    \
             sends:\n    answer: {\"status\":201,\"json\":{\"sent\":\"ada@example.com\"}}\n    outcome:"
        );
    }

    #[test]
    fn what_is_no_json_is_text_with_its_kind() {
        let lines = case("a.b", &json!({}), &[answered("<p>"), answered("")]);
        let text = lines.join("\n");
        assert!(text.contains("calls:\n      - sends:\n        answer: {\"status\":201,\"headers\":{\"content-type\":\"application/json\"},\"text\":\"<p>\"}"), "{text}");
    }

    #[test]
    fn a_case_goes_behind_the_last_one_at_its_indent() {
        let case = ["- a:".to_owned(), "    outcome:".to_owned()];
        let added = |source: &str| appended(source, &case);
        assert_eq!(
            added("cases:\n- b:\n    x: 1\n\n# About deliveries.\ndeliveries: []\n").unwrap(),
            "cases:\n- b:\n    x: 1\n\n# About deliveries.\n- a:\n    outcome:\ndeliveries: []\n"
        );
        assert_eq!(added("cases:\n").unwrap(), "cases:\n  - a:\n      outcome:\n");
        assert_eq!(added("settings: {}\n"), None);
    }
}
