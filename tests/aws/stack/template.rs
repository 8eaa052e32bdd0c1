//! The repository's own template, less what the emulator lacks, with the functions' code in place.

use crate::folders::{program, repository};
use std::fs;
use std::path::{Path, PathBuf};

/// The types of resources that the emulator does not know, all of them. Nothing else is left out.
const LACKING: [&str; 1] = ["AWS::Events::Archive"];
const TEMPLATE: &str = "template.yaml";
const STATEMENT: &str = "\n              - Effect: ";
const TOKENS_FOLDER: &str = "- !Sub arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:\
    parameter/tradewind/${Stage}/tokens\n";
const CODE: &str = "      CodeUri: ";
const ONLY_BY_TLS: &str = "Condition: { Bool: { aws:SecureTransport: \"false\" } }";
const ONLY_WITHOUT: &str = "Condition: { Bool: { aws:SecureTransport: \"true\" } }";
/// Queues that the bus sends to, all other queues, bucket, topic.
const POLICIES_OF_TLS: usize = 4;
const BINARY: &str = "      BuildProperties: { Binary: ";

const VARIABLES: &str = "\n        Variables:\n";

/// A template that can be deployed on the emulator.
pub(crate) struct Template {
    text: String,
    /// The programs of its functions.
    pub(crate) programs: Vec<String>,
}

/// A resource: its lines in the file.
struct Resource<'a> {
    id: &'a str,
    kind: &'a str,
    lines: Vec<&'a str>,
}

impl Template {
    /// Reads it; the code of each function is in `code`, as `<program>.zip`.
    pub(crate) fn read(code: &Path) -> Self {
        let text = fs::read_to_string(path()).expect("the repository has a template");
        Self::of(&text, code)
    }

    fn of(text: &str, code: &Path) -> Self {
        let (before, rest) = text.split_once("\nResources:\n").expect("it has resources");
        let (resources, after) = rest.split_once("\nOutputs:\n").expect("it has outputs");
        let all = split(resources);
        let (lacking, kept): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|resource| LACKING.contains(&resource.kind));
        let kinds: Vec<_> = lacking.iter().map(|resource| resource.kind).collect();
        assert_eq!(kinds, LACKING, "each type that is left out is there, once");
        let mut programs = Vec::new();
        let mut out = vec![before.to_owned(), "Resources:".to_owned()];
        for resource in kept {
            let refers = |id: &str| resource.lines.iter().any(|line| refers(line, id));
            let missing = lacking.iter().find(|lacking| refers(lacking.id));
            assert!(missing.is_none(), "{} needs what the emulator lacks", resource.id);
            let program = resource.lines.iter().find_map(|line| line.strip_prefix(BINARY));
            let program = program.map(|rest| rest.trim_end_matches([' ', '}']).to_owned());
            assert_eq!(
                program.is_some(),
                resource.kind == "AWS::Serverless::Function",
                "every function names its program: {}",
                resource.id
            );
            for line in &resource.lines {
                match (&program, line.starts_with(CODE)) {
                    (Some(program), true) => {
                        let zip = code.join(format!("{program}.zip"));
                        out.push(format!("{CODE}{}", zip.display()));
                    }
                    _ => out.push((*line).to_owned()),
                }
            }
            programs.extend(program);
        }
        out.push(format!("Outputs:\n{after}"));
        Self { text: out.join("\n"), programs }
    }

    /// The same without the statement of that role's policy that allows this, on this resource. It has
    /// to be there once.
    pub(crate) fn without_statement(mut self, role: &str, action: &str, resource: &str) -> Self {
        let start = self.text.find(&format!("\n  {role}:\n")).expect("the role is there") + 1;
        let is_next = |at: &usize| {
            let id = self.text.as_bytes().get(at + 3);
            *at > start && id.is_some_and(u8::is_ascii_uppercase)
        };
        let end = self.text.match_indices("\n  ").map(|(at, _)| at).find(is_next);
        let end = end.unwrap_or(self.text.len());
        let (policy, statements) = self.text[start..end]
            .split_once(STATEMENT)
            .expect("the role has a policy with statements");
        let (gone, kept): (Vec<&str>, Vec<&str>) = statements
            .split(STATEMENT)
            .partition(|statement| statement.contains(action) && statement.contains(resource));
        assert_eq!(gone.len(), 1, "{action} on {resource} in {statements}");
        let policy = [&[policy], &kept[..]].concat().join(STATEMENT);
        self.text.replace_range(start..end, &policy);
        self
    }

    /// The same for an emulator that asks what policies allow: it speaks no TLS, so what is refused is
    /// turned round.
    pub(crate) fn in_clear_text(mut self) -> Self {
        assert_eq!(self.text.matches(ONLY_BY_TLS).count(), POLICIES_OF_TLS);
        self.text = self.text.replace(ONLY_BY_TLS, ONLY_WITHOUT);
        self
    }

    /// The same with a variable more for every function.
    pub(crate) fn with_variable(mut self, name: &str, value: &str) -> Self {
        let variables = format!("{VARIABLES}          {name}: {value}\n");
        self.text = self.text.replace(VARIABLES, &variables);
        assert_eq!(self.text.matches(&variables).count(), self.programs.len(), "each has some");
        self
    }

    /// The same, where the emulator finds the right to list the API's tokens: it does not know which
    /// folder is asked for, and looks for a right to all of them.
    pub(crate) fn listing_tokens(mut self) -> Self {
        assert_eq!(self.text.matches(TOKENS_FOLDER).count(), 1, "the API reads tokens");
        self.text = self.text.replace(TOKENS_FOLDER, "- \"*\"\n");
        self
    }

    /// Writes it.
    pub(crate) fn write(&self, file: &Path) -> std::io::Result<()> {
        fs::write(file, &self.text)
    }

    /// The programs with their paths.
    pub(crate) fn built(&self) -> Vec<(String, PathBuf)> {
        self.programs.iter().map(|name| (name.clone(), program(name))).collect()
    }
}

/// Where it is.
pub(crate) fn path() -> PathBuf {
    repository().join(TEMPLATE)
}

/// The resources, in their order. A comment above a resource goes with the one before it.
fn split(text: &str) -> Vec<Resource<'_>> {
    let mut resources: Vec<Resource<'_>> = Vec::new();
    for line in text.lines() {
        let id = line.strip_prefix("  ").and_then(|rest| rest.strip_suffix(':'));
        match id.filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            Some(id) => resources.push(Resource { id, kind: "", lines: vec![line] }),
            None => {
                let Some(resource) = resources.last_mut() else { continue };
                if let Some(kind) = line.strip_prefix("    Type: ") {
                    resource.kind = kind;
                }
                resource.lines.push(line);
            }
        }
    }
    resources
}

fn refers(line: &str, id: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric();
    line.match_indices(id).any(|(at, _)| {
        let before = line[..at].bytes().next_back().is_some_and(word);
        let after = line[at + id.len()..].bytes().next().is_some_and(word);
        !before && !after
    })
}
