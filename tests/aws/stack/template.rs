//! The templates that are deployed, less what the emulator lacks, with the functions' code in place: the one
//! of the repository, and the one that `tradewind plan --template` makes of the project of these tests.

use crate::folders::{program, repository};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tradewind_connectors::catalog::catalog;
use tradewind_engine::project::Project;
use tradewind_platform::apply::{ProjectFiles, check};
use tradewind_stack::plan::{Question, used};
use tradewind_stack::template::{slim, with_code_in};

/// The types of resources that the emulator does not know, all of them. Nothing else is left out.
const LACKING: [&str; 1] = ["AWS::Events::Archive"];
const TEMPLATE: &str = "template.yaml";
const PROJECT: &str = include_str!("../project/tradewind.yaml");
const WORKFLOWS: [(&str, &str); 2] = [
    ("all", include_str!("../project/workflows/all.yaml")),
    ("hooks", include_str!("../project/workflows/hooks.yaml")),
];
const STATEMENT: &str = "\n              - Effect: ";
const TOKENS_FOLDER: &str = "- !Sub arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:\
    parameter/tradewind/${Stage}/tokens\n";
const CODE: &str = "      CodeUri: ";
const ONLY_BY_TLS: &str = "Condition: { Bool: { aws:SecureTransport: \"false\" } }";
const ONLY_WITHOUT: &str = "Condition: { Bool: { aws:SecureTransport: \"true\" } }";
/// Queues that the bus sends to, all other queues, bucket, topic.
const POLICIES_OF_TLS: usize = 4;

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
    /// The one of the repository, with all functions; their code is in `code`, as `<program>.zip`.
    pub(crate) fn whole(code: &Path) -> Self {
        let text = fs::read_to_string(path()).expect("the repository has a template");
        Self::of(&with_code_in(&text, &code.display().to_string()))
    }

    /// The one with the functions that the project of these tests uses, as `tradewind plan` makes it.
    pub(crate) fn slim(code: &Path) -> Self {
        Self::of(&Self::slim_text(code))
    }

    /// The same with all that the emulator lacks.
    pub(crate) fn slim_text(code: &Path) -> String {
        let files = ProjectFiles {
            project: PROJECT.to_owned(),
            workflows: WORKFLOWS.map(|(id, source)| (id.into(), source.to_owned())).into(),
            env: BTreeMap::new(),
            providers: BTreeMap::new(),
        };
        let catalog = catalog();
        let checked = check(&catalog, &files, &Default::default());
        let checked = checked.unwrap_or_else(|problems| panic!("{problems:?}"));
        let functions = used(&Question {
            catalog: &catalog,
            project: &Project::parse(PROJECT).expect("it was checked"),
            checked: &checked,
            stage: "any",
            burst: 1,
            hosts: Vec::new(),
            compared_with: None,
        });
        slim(&functions, &code.display().to_string())
    }

    /// The one that `tradewind plan --template` wrote into that file.
    pub(crate) fn written(file: &Path) -> std::io::Result<Self> {
        fs::read_to_string(file).map(|text| Self::of(&text))
    }

    fn of(text: &str) -> Self {
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
            let code = resource.lines.iter().find_map(|line| line.strip_prefix(CODE));
            let code = code.map(|code| code.trim_matches('"'));
            assert_eq!(
                code.is_some(),
                resource.kind == "AWS::Serverless::Function",
                "every function has code: {}",
                resource.id
            );
            programs.extend(code.and_then(|code| Some(code.rsplit_once('/')?.1.to_owned())));
            out.extend(resource.lines.iter().map(|line| match line.strip_prefix(CODE) {
                Some(code) => format!("{CODE}{}.zip", code.trim_matches('"')),
                None => (*line).to_owned(),
            }));
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
