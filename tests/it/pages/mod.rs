//! The pages for people: what they say is there, and what they show works.

mod commands;
mod examples;
mod first_steps;
mod links;
mod own_provider;

use crate::tidy::root;
use std::fs;

/// Every page, from the root of the repository.
const PAGES: [&str; 15] = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "functions/README.md",
    "infra/aws/ARCHITECTURE.md",
    "infra/aws/DEPLOY.md",
    "infra/aws/RUNBOOK.md",
    "infra/local/ARCHITECTURE.md",
    "infra/local/REPAIR.md",
    "infra/local/RUNNING.md",
    "shared/connectors/CONNECT.md",
    "shared/connectors/FIXTURES.md",
    "shared/engine/ARCHITECTURE.md",
    "shared/engine/LANGUAGE.md",
];

/// A page, with where it lies.
pub(crate) struct Page {
    pub(crate) path: &'static str,
    pub(crate) text: String,
}

pub(crate) fn pages() -> impl Iterator<Item = Page> {
    let read = |path| fs::read_to_string(root().join(path)).unwrap();
    PAGES.into_iter().map(move |path| Page { path, text: read(path) })
}

fn page(path: &str) -> Page {
    pages().find(|page| page.path == path).unwrap()
}

impl Page {
    /// What stands in its blocks of that language.
    pub(crate) fn blocks(&self, language: &str) -> Vec<&str> {
        let opening = format!("```{language}\n");
        let starts = self.text.match_indices(&opening).map(|(at, _)| at + opening.len());
        starts.map(|start| self.text[start..].split("\n```").next().unwrap()).collect()
    }
}
