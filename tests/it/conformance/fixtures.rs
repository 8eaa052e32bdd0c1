//! The whole catalog against its fixtures: for every file of fixtures its cases, whether they show everything, and
//! what holds for every provider. Nothing is called: see `tradewind_connectors::fixtures`.
//!
//! `UPDATE=1 cargo test --locked -p tradewind --test it -- conformance::fixtures` writes what came out into the
//! files; a person reads the difference.

use crate::pages::pages;
use crate::tidy::root;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tradewind_connectors::catalog::{Catalog, catalog};
use tradewind_connectors::described::{Described, NotDescribed};
use tradewind_connectors::fixtures::{Fixtures, Ports, Subject, play, play_beside, updated};
use tradewind_engine::descriptions::check;
use tradewind_memory::{MemoryFiles, MemoryOutbox, MemoryTokens, SeededIds};

const FIXTURES: &str = ".fixtures.yaml";

fn new_ports() -> Ports {
    Ports {
        tokens: Box::new(MemoryTokens::default()),
        outbox: Box::new(MemoryOutbox::default()),
        files: Box::new(MemoryFiles::default()),
        ids: Box::new(SeededIds::new(1)),
    }
}

fn folder() -> PathBuf {
    root().join("shared/connectors/providers")
}

/// The files of fixtures, by provider.
fn files() -> BTreeMap<String, PathBuf> {
    let paths = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let named = paths.filter_map(|path| {
        let provider = path.file_name()?.to_str()?.strip_suffix(FIXTURES)?.to_owned();
        Some((provider, path))
    });
    named.collect()
}

/// The provider as its file describes it; without one, as it is written in Rust.
fn subject<'a>(
    catalog: &'a Catalog,
    provider: &str,
    fixtures: &Path,
) -> Result<Subject<'a>, NotDescribed> {
    let file = fixtures.with_file_name(format!("{provider}.yaml"));
    let Ok(source) = fs::read_to_string(&file) else {
        assert!(catalog.provider(provider).is_some(), "{provider} is no provider");
        return Ok(Subject::of_catalog(catalog, provider, new_ports));
    };
    let described = Described::read(&source);
    assert_eq!(check(described.description(), catalog), [], "{provider}");
    Subject::of_file(catalog, &described, new_ports)
}

/// What is wrong with a provider, as a text of lines.
fn problems(provider: &str, path: &PathBuf) -> String {
    let source = fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let shown = |problems: Vec<tradewind_engine::problems::Problem>| {
        let lines = problems.into_iter().map(|problem| problem.in_file(name).to_string());
        lines.collect::<Vec<_>>().join("\n")
    };
    let fixtures = match Fixtures::parse(&source) {
        Ok(fixtures) => fixtures,
        Err(problems) => return shown(problems),
    };
    let catalog = catalog();
    let subject = match subject(&catalog, provider, path) {
        Ok(subject) => subject,
        Err(error) => return format!("{provider}.yaml: {error}"),
    };
    let report = play_beside(&fixtures, &subject, &|file| fs::read(folder().join(file)).ok());
    if std::env::var_os("UPDATE").is_some() && !report.updates.is_empty() {
        fs::write(path, updated(&source, &report.updates)).unwrap();
    }
    shown(report.problems)
}

#[test]
fn every_provider_does_what_its_fixtures_say_and_what_all_must() {
    let files = files();
    let found: Vec<String> = std::thread::scope(|scope| {
        let played: Vec<_> = files
            .iter()
            .map(|(provider, path)| scope.spawn(move || problems(provider, path)))
            .collect();
        let found = played.into_iter().map(|played| played.join().unwrap());
        found.filter(|problems| !problems.is_empty()).collect()
    });
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn the_examples_of_the_page_hold() {
    let page = pages().find(|page| page.path.ends_with("FIXTURES.md")).unwrap();
    let catalog = catalog();
    for (example, provider) in page.blocks("yaml").into_iter().zip(["postmark", "webhook"]) {
        let fixtures = Fixtures::parse(example).unwrap();
        let subject = subject(&catalog, provider, &folder().join("x")).unwrap();
        let report = play(&fixtures, &subject);
        // It shows one rule of many.
        let others = report.problems.iter().filter(|problem| problem.code != "not_taken");
        assert_eq!(others.map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    }
}

#[test]
fn every_provider_that_acts_has_fixtures() {
    let (catalog, files) = (catalog(), files());
    for provider in &catalog.providers {
        let acts = catalog.actions.iter().any(|one| one.implementation(&provider.id).is_some());
        // A mail server is not spoken to in requests.
        let is_real = !matches!(provider.id.as_str(), "sandbox" | "smtp");
        assert!(
            files.contains_key(&provider.id) || !acts || !is_real,
            "{0} has no fixtures: write shared/connectors/providers/{0}{FIXTURES}",
            provider.id
        );
    }
    for provider in files.keys() {
        assert!(catalog.provider(provider).is_some(), "{provider}: no provider has that name");
    }
}
