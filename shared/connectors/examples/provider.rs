//! Reads a provider's file, checks it against the contracts, says which fields it does not carry, and plays its
//! fixtures.
//!
//! `cargo run --locked -p tradewind-connectors --example provider -- FILE.yaml [--fixtures FILE.fixtures.yaml] [--update]`
//!
//! In place of a file the id of a provider that is written in Rust may stand.
//!
//! `--update` writes what came out behind `sends` and `outcome`; a person reads the difference.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use tradewind_connectors::catalog::{Catalog, catalog};
use tradewind_connectors::described::Described;
use tradewind_connectors::fixtures::{Fixtures, Ports, Subject, play_beside, updated};
use tradewind_engine::descriptions::{Description, check, not_carried};
use tradewind_engine::problems::Problem;
use tradewind_memory::{MemoryFiles, MemoryOutbox, MemoryTokens, SeededIds};

const USAGE: &str = "provider FILE.yaml|ID [--fixtures FILE.fixtures.yaml] [--update]";

struct Arguments {
    file: String,
    fixtures: Option<String>,
    update: bool,
}

fn arguments() -> Option<Arguments> {
    let mut arguments = std::env::args().skip(1);
    let mut found = Arguments { file: arguments.next()?, fixtures: None, update: false };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--fixtures" => found.fixtures = Some(arguments.next()?),
            "--update" => found.update = true,
            _ => return None,
        }
    }
    Some(found)
}

fn main() -> io::Result<ExitCode> {
    let Some(arguments) = arguments() else {
        writeln!(io::stderr(), "{USAGE}")?;
        return Ok(ExitCode::from(2));
    };
    let is_right = try_provider(&arguments)?;
    Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn try_provider(arguments: &Arguments) -> io::Result<bool> {
    let catalog = catalog();
    let described = match described(arguments, &catalog)? {
        Some(Ok(description)) => Some(Described::of(description)),
        Some(Err(problems)) => return print_problems(&arguments.file, problems),
        None => None,
    };
    if let Some(described) = &described {
        print_actions(&catalog, described.description())?;
    }
    let Some(path) = &arguments.fixtures else { return Ok(true) };
    let source = fs::read_to_string(path)?;
    let fixtures = match Fixtures::parse(&source) {
        Ok(fixtures) => fixtures,
        Err(problems) => return print_problems(path, problems),
    };
    let subject = match &described {
        None => Subject::of_catalog(&catalog, &arguments.file, new_ports),
        Some(described) => match Subject::of_file(&catalog, described, new_ports) {
            Ok(subject) => subject,
            Err(error) => {
                writeln!(io::stdout(), "{}: {error}", arguments.file)?;
                return Ok(false);
            }
        },
    };
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let report = play_beside(&fixtures, &subject, &|file| fs::read(folder.join(file)).ok());
    let attempts = report.attempts;
    if arguments.update && !report.updates.is_empty() {
        fs::write(path, updated(&source, &report.updates))?;
        writeln!(io::stdout(), "{path}: {} texts are written", report.updates.len())?;
        return try_provider(&Arguments {
            file: arguments.file.clone(),
            fixtures: Some(path.clone()),
            update: false,
        });
    }
    let is_right = print_problems(path, report.problems)?;
    writeln!(io::stdout(), "{attempts} attempts")?;
    Ok(is_right)
}

/// What the file says, or what is wrong with it; nothing of a provider that is written in Rust.
fn described(
    arguments: &Arguments,
    catalog: &Catalog,
) -> io::Result<Option<Result<Description, Vec<Problem>>>> {
    if !arguments.file.ends_with(".yaml") {
        return Ok(None);
    }
    let description = match Description::parse(&fs::read_to_string(&arguments.file)?) {
        Ok(description) => description,
        Err(problems) => return Ok(Some(Err(problems))),
    };
    let problems = check(&description, catalog);
    Ok(Some(if problems.is_empty() { Ok(description) } else { Err(problems) }))
}

fn print_actions(catalog: &Catalog, description: &Description) -> io::Result<()> {
    for action in &description.actions {
        let Some(contract) = catalog.action(action.id.as_str()) else { continue };
        let missing = not_carried(action, &description.parts, &contract.input);
        let missing = match missing.is_empty() {
            true => "all fields are carried".to_owned(),
            false => format!("not carried: {}", missing.join(", ")),
        };
        writeln!(io::stdout(), "{}: {:?}, {missing}", action.id, action.class)?;
    }
    Ok(())
}

fn print_problems(file: &str, problems: Vec<Problem>) -> io::Result<bool> {
    for problem in &problems {
        writeln!(io::stdout(), "{}", problem.clone().in_file(file))?;
    }
    Ok(problems.is_empty())
}

fn new_ports() -> Ports {
    Ports {
        tokens: Box::new(MemoryTokens::default()),
        outbox: Box::new(MemoryOutbox::default()),
        files: Box::new(MemoryFiles::default()),
        ids: Box::new(SeededIds::new(1)),
    }
}
