//! `tradewind try provider`: what a provider would be sent, and what an answer would mean. Nothing is sent unless a
//! person says so.

mod delivery;
mod save;
mod send;

use super::new_ports;
use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::problems;
use crate::command::project_folder;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tradewind_connectors::catalog::{Catalog, catalog};
use tradewind_connectors::fixtures::{Answer, Subject, Trial};
use tradewind_connectors::provider::Provider;
use tradewind_engine::definitions::StoredConnection;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::ports::Clock as _;
use tradewind_engine::problems::Problem;
use tradewind_engine::time::Timestamp;
use tradewind_engine::yaml;
use tradewind_platform::apply::{self, Checked};
use tradewind_system::SystemClock;

/// Arguments of `try`.
#[derive(Debug, Args)]
pub struct TryArgs {
    /// What to try
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the request of an action, and what an answer would mean; nothing is sent without --send
    Provider(ProviderArgs),
}

#[derive(Debug, Args)]
struct ProviderArgs {
    /// The provider
    provider: String,
    /// The action, such as email.send
    #[arg(required_unless_present = "delivery", conflicts_with = "delivery")]
    action: Option<String>,
    /// The connection whose settings are taken; its secrets are not: their names stand in their places
    #[arg(long, value_name = "NAME")]
    connection: String,
    /// A YAML or JSON file with what a step would say under `with`
    #[arg(long, value_name = "FILE", required_unless_present = "delivery")]
    input: Option<PathBuf>,
    /// A YAML or JSON file with an answer: `status`, `headers`, and `json` or `text`. Several: one for each request
    #[arg(long, value_name = "FILE")]
    answer: Vec<PathBuf>,
    /// Send it for real, once and outside any run; you are asked before
    #[arg(long, conflicts_with = "answer")]
    send: bool,
    /// Send it without asking
    #[arg(long, requires = "send")]
    yes: bool,
    /// Keep what was answered as a case of the provider's fixtures, without secrets and with made-up mail addresses
    #[arg(long, requires = "send")]
    save: bool,
    /// In place of an action: a file with a webhook as it came (`POST /`, headers, an empty line, the body). Shows whether
    /// it is believed, with the connection's secrets, and which events are in it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["input", "answer", "send"])]
    delivery: Option<PathBuf>,
    /// When the delivery came, such as 2026-11-23T12:00:00Z; now, where nothing is said
    #[arg(long, value_name = "TIME", requires = "delivery")]
    at: Option<Timestamp>,
}

pub(crate) async fn try_it(cx: &Cx, args: &TryArgs) -> Result<(), Error> {
    let What::Provider(args) = &args.what;
    let folder = project_folder::read(&cx.dir, &cx.environment)?;
    let mut found = folder.problems;
    let checked = match apply::check(&catalog(), &folder.files, &cx.allowed_hosts) {
        Ok(checked) if found.is_empty() => checked,
        checked => {
            found.extend(checked.err().unwrap_or_default());
            return Err(problems::report(cx.output, found));
        }
    };
    if let Some(file) = &args.delivery {
        let named = (args.provider.as_str(), args.connection.as_str());
        return delivery::receive(cx, &checked, named, file, args.at).await;
    }
    let (Some(action), Some(path)) = (&args.action, &args.input) else {
        return Err(Error::Usage("name an action and --input, or --delivery".to_owned()));
    };
    let answers = args.answer.iter().map(|path| answer(cx, path));
    let answers = answers.collect::<Result<Vec<_>, _>>()?;
    let asked = answers.len();
    let input = input(cx, path)?;
    let trial = trial(&checked, args, action, input.clone(), answers)?;
    if !args.send {
        show(cx, args, &trial, asked);
        return Ok(());
    }
    send(cx, args, &checked, (action, &trial), input).await
}

/// Shows what would be sent, sends it if that is wanted, and shows what came of it.
async fn send(
    cx: &Cx,
    args: &ProviderArgs,
    checked: &Checked,
    (action, trial): (&str, &Trial),
    input: Value,
) -> Result<(), Error> {
    let is_own = checked.own_providers.iter().any(|one| one.provider().id == args.provider);
    if args.save && !is_own {
        let message = "--save adds to the fixtures of a provider of the project's own";
        return Err(Error::Usage(message.to_owned()));
    }
    if trial.sends.is_empty() {
        show(cx, args, trial, 0);
        return Ok(());
    }
    let fixtures = args.save.then(|| save::Fixtures::of(cx, &args.provider)).transpose()?;
    if !cx.output.json {
        show_requests(cx, trial);
    }
    if !send::is_wanted(cx, trial, args.yes)? {
        cx.output.note("nothing was sent");
        return Ok(());
    }
    let found = checked.catalog.action(action);
    let found = found.and_then(|found| Some((found, found.implementation(&args.provider)?)));
    let found = found.ok_or_else(|| Error::NotFound(format!("there is no {action}")))?;
    let connection = connection(checked, &args.provider, &args.connection)?;
    let sent = send::send(cx, connection, found, input.clone()).await?;
    // What came of it is told first: nothing may keep a person from knowing it.
    let save = || -> Result<Option<String>, Error> {
        let Some(fixtures) = fixtures.filter(|_| !sent.answers.is_empty()) else { return Ok(None) };
        fixtures.save(action, &sent.clear(&input), &sent.answers).map(Some)
    };
    if cx.output.json {
        let answers =
            sent.answers.iter().map(|one| json!({ "status": one.status, "body": one.body }));
        let answers: Vec<Value> = answers.collect();
        let saved = save();
        let file = saved.as_ref().ok().cloned().flatten();
        cx.output.document(&json!({ "answers": answers, "outcome": sent.outcome, "saved": file }));
        return saved.map(drop);
    }
    for answer in &sent.answers {
        answer.lines().iter().for_each(|line| cx.output.line(line.as_str()));
        cx.output.line("");
    }
    cx.output.line(&sent.outcome);
    if args.save && sent.answers.is_empty() {
        cx.output.note("there was no answer, so no case was added");
    }
    if let Some(file) = save()? {
        cx.output.note(format!(
            "a case was added to {file}: say what it shows, then `tradewind test --update`"
        ));
    }
    Ok(())
}

fn trial(
    checked: &Checked,
    args: &ProviderArgs,
    action: &str,
    input: Value,
    answers: Vec<Answer>,
) -> Result<Trial, Error> {
    let (_, connection) = connection(checked, &args.provider, &args.connection)?;
    let subject = subject(checked, &args.provider)?;
    let doing = subject.doings.iter().find(|doing| doing.action.id.as_str() == action);
    let doing = doing.ok_or_else(|| {
        let does: Vec<&str> = subject.doings.iter().map(|doing| doing.action.id.as_str()).collect();
        let does = if does.is_empty() { "nothing".to_owned() } else { does.join(", ") };
        Error::NotFound(format!("{} does no {action}: it does {does}", args.provider))
    })?;
    let settings = shown_settings(&connection.settings, &doing.implementation.provider);
    let now = SystemClock.now();
    Ok(subject.try_once(doing, settings, input, now, answers))
}

fn connection<'a>(
    checked: &'a Checked,
    provider: &str,
    named: &str,
) -> Result<(&'a ConnectionName, &'a StoredConnection), Error> {
    let connections = &checked.project.connections;
    let found = connections.iter().find(|(name, _)| name.as_str() == named);
    let names: Vec<&str> = connections.keys().map(|name| name.as_str()).collect();
    let Some((name, connection)) = found else {
        let message = format!("there is no connection {named}");
        return Err(Error::NotFound(format!("{message}; there are {}", names.join(", "))));
    };
    if connection.provider.as_str() != provider {
        let at = &connection.provider;
        return Err(Error::NotFound(format!("connection {name} is at {at}, not {provider}")));
    }
    Ok((name, connection))
}

fn subject<'a>(checked: &'a Checked, provider: &str) -> Result<Subject<'a>, Error> {
    let catalog: &Catalog = &checked.catalog;
    let own = checked.own_providers.iter().find(|one| one.provider().id == provider);
    let Some(own) = own else { return Ok(Subject::of_catalog(catalog, provider, new_ports)) };
    Subject::of_file(catalog, &own.for_fixtures(), new_ports)
        .map_err(|error| Error::NotFound(error.to_string()))
}

/// The settings with the names of secrets in the places of their values.
fn shown_settings(settings: &Map<String, Value>, provider: &Provider) -> Map<String, Value> {
    let shown = |(name, value): (&String, &Value)| {
        let secret = value.get("$secret").and_then(Value::as_str);
        let shown = match secret {
            // A whole address that is secret leads to one of the provider's hosts.
            Some(secret) if is_address(provider, name) => {
                let host = provider.hosts.first().map_or("example.com", String::as_str);
                json!(format!("https://{host}/[{secret}]"))
            }
            Some(secret) => json!(format!("[{secret}]")),
            None => value.clone(),
        };
        (name.clone(), shown)
    };
    settings.iter().map(shown).collect()
}

fn is_address(provider: &Provider, setting: &str) -> bool {
    let mut addresses = provider.addresses.iter();
    addresses.any(|address| address.settings.iter().any(|name| name == setting))
}

fn input(cx: &Cx, path: &Path) -> Result<Value, Error> {
    let source = read(path)?;
    let parsed = yaml::parse(&source).map_err(|problems| wrong(cx, path, problems))?;
    Ok(parsed.to_json())
}

fn answer(cx: &Cx, path: &Path) -> Result<Answer, Error> {
    Answer::parse(&read(path)?).map_err(|problems| wrong(cx, path, problems))
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::file(path, source))
}

fn wrong(cx: &Cx, path: &Path, found: Vec<Problem>) -> Error {
    let file = path.display().to_string();
    problems::report(cx.output, found.into_iter().map(|one| one.in_file(&file)).collect())
}

fn show(cx: &Cx, args: &ProviderArgs, trial: &Trial, answers: usize) {
    // Without an answer nothing can be said of what comes of it, unless nothing was sent.
    let is_told = answers > 0 && trial.unanswered == 0 || trial.sends.is_empty();
    let places: Vec<String> = trial
        .taken
        .iter()
        .map(|place| format!("providers/{}.yaml:{}", args.provider, place.line))
        .collect();
    if cx.output.json {
        let outcome = is_told.then_some(&trial.outcome);
        cx.output.document(&json!({ "sends": trial.sends, "outcome": outcome, "by": places }));
        return;
    }
    show_requests(cx, trial);
    match is_told {
        true => {
            cx.output.line(&trial.outcome);
            if !places.is_empty() {
                cx.output.line(format!("by {}", places.join(", ")));
            }
        }
        false => {
            cx.output.note("nothing was sent; see what an answer would mean with --answer FILE")
        }
    }
}

fn show_requests(cx: &Cx, trial: &Trial) {
    for request in &trial.sends {
        request.lines().for_each(|line| cx.output.line(line));
        cx.output.line("");
    }
}
