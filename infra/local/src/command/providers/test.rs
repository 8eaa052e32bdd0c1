//! `tradewind test`: the project's own providers against their fixtures, without any network.

use super::new_ports;
use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::output::Mood;
use crate::command::printing::problems;
use crate::command::printing::table::Table;
use crate::command::project_folder;
use clap::Args;
use serde_json::json;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path};
use tracing::subscriber::{NoSubscriber, with_default};
use tradewind_connectors::catalog::{Catalog, catalog};
use tradewind_connectors::described::Described;
use tradewind_connectors::fixtures::{Fixtures, Report, Subject, play_beside, updated};
use tradewind_engine::problems::{Place, Problem};
use tradewind_platform::apply;

/// Arguments of `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Write what came out behind `sends` and `outcome`; read the difference before you keep it
    #[arg(long)]
    update: bool,
}

/// What came of the fixtures of one provider.
struct Tested {
    provider: String,
    actions: Vec<String>,
    cases: usize,
    report: Report,
}

pub(crate) fn test(cx: &Cx, args: &TestArgs) -> Result<(), Error> {
    let folder = project_folder::read(&cx.dir, &cx.environment)?;
    let checked = apply::check(&catalog(), &folder.files, &cx.allowed_hosts);
    let mut found = folder.problems;
    let checked = match checked {
        Ok(checked) if found.is_empty() => checked,
        checked => {
            found.extend(checked.err().unwrap_or_default());
            return Err(problems::report(cx.output, found));
        }
    };
    let mut tested = Vec::new();
    for described in &checked.own_providers {
        match test_one(cx, &checked.catalog, described, args.update)? {
            Ok(one) => tested.push(one),
            Err(problems) => found.extend(problems),
        }
    }
    found.extend(tested.iter_mut().flat_map(|one| std::mem::take(&mut one.report.problems)));
    if !found.is_empty() {
        return Err(problems::report(cx.output, found));
    }
    show(cx, &tested);
    Ok(())
}

/// Plays the fixtures of a provider; with `update` once more after what came out was written.
fn test_one(
    cx: &Cx,
    catalog: &Catalog,
    described: &Described,
    update: bool,
) -> Result<Result<Tested, Vec<Problem>>, Error> {
    let provider = described.provider().id.clone();
    let file = format!("providers/{provider}.fixtures.yaml");
    let path = cx.dir.join(&file);
    let Some(source) = read(&path)? else {
        let message = format!("nothing shows what {provider} is sent and what comes of it");
        let problem = Problem::new("fixtures_missing", Place::START, message).in_file(&file);
        let help = "write a case for each action; CONNECT.md shows how";
        return Ok(Err(vec![problem.with_help(help)]));
    };
    let in_file = |problems: Vec<Problem>| -> Vec<Problem> {
        problems.into_iter().map(|problem| problem.in_file(&file)).collect()
    };
    let fixtures = match Fixtures::parse(&source) {
        Ok(fixtures) => fixtures,
        Err(problems) => return Ok(Err(in_file(problems))),
    };
    let subject = match Subject::of_file(catalog, &described.for_fixtures(), new_ports) {
        Ok(subject) => subject,
        Err(error) => {
            let place = described.description().place;
            let problem = Problem::new("not_described", place, error.to_string());
            return Ok(Err(vec![problem.in_file(&format!("providers/{provider}.yaml"))]));
        }
    };
    // What is said of strange answers and deliveries is no fault of the file.
    let mut report = with_default(NoSubscriber::default(), || {
        play_beside(&fixtures, &subject, &|file| read_beside(&path, file))
    });
    if update && !report.updates.is_empty() {
        fs::write(&path, updated(&source, &report.updates))
            .map_err(|source| Error::file(&path, source))?;
        cx.output.note(format!("{file}: {} texts were written", report.updates.len()));
        return test_one(cx, catalog, described, false);
    }
    report.problems = in_file(report.problems);
    let actions = subject.doings.iter().map(|doing| doing.action.id.as_str().to_owned()).collect();
    Ok(Ok(Tested {
        provider,
        actions,
        cases: fixtures.cases.len() + fixtures.deliveries.len(),
        report,
    }))
}

/// The body of a delivery, which lies in the folder of the fixtures.
fn read_beside(fixtures: &Path, file: &str) -> Option<Vec<u8>> {
    let is_within = Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
    is_within.then(|| fs::read(fixtures.with_file_name(file)).ok()).flatten()
}

fn read(path: &Path) -> Result<Option<String>, Error> {
    match fs::read_to_string(path) {
        Ok(source) => Ok(Some(source)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::file(path, source)),
    }
}

fn show(cx: &Cx, tested: &[Tested]) {
    if cx.output.json {
        let providers: Vec<_> = tested
            .iter()
            .map(|one| {
                json!({
                    "provider": one.provider,
                    "actions": one.actions,
                    "cases": one.cases,
                    "attempts": one.report.attempts,
                })
            })
            .collect();
        cx.output.document(&json!({ "problems": [], "providers": providers }));
        return;
    }
    if tested.is_empty() {
        cx.output.line("Nothing to test: the project has no providers of its own.");
        cx.output.line("`tradewind new provider acme` begins one.");
        return;
    }
    let mut table = Table::new(["PROVIDER", "DOES", "CASES", "ATTEMPTS"]);
    for one in tested {
        let (cases, attempts) = (one.cases.to_string(), one.report.attempts.to_string());
        table.row(Mood::Good, [one.provider.clone(), one.actions.join(", "), cases, attempts]);
    }
    table.show(cx.output);
    cx.output.line("no problems");
}
