//! `tradewind new provider`: begins the file of a provider and what it is tried with.
//!
//! Invariant: nothing that is there is written over. Invariant: what only a person can know stands there as `TODO`,
//! and `check` refuses it: above all what a second call would do.

use super::like;
use super::skeleton::{Does, Draft, Operation};
use crate::command::cx::Cx;
use crate::command::error::Error;
use clap::{Args, Subcommand};
use serde_json::Value;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tradewind_connectors::catalog::{Catalog, catalog, file_of};
use tradewind_engine::descriptions::Description;
use tradewind_engine::yaml;

/// Arguments of `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// What to begin
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Begin providers/<NAME>.yaml and its fixtures
    Provider(ProviderArgs),
}

#[derive(Debug, Args)]
struct ProviderArgs {
    /// The provider's name: small letters, digits and `_`
    name: String,
    /// The action that it is to do: one of `tradewind catalog actions`, or one of its own such as acme.create_ticket
    #[arg(long, value_name = "ACTION", default_value = "email.send")]
    action: String,
    /// The vendor's OpenAPI description (version 3, JSON or YAML), from which address, credentials and fields are taken
    #[arg(long, value_name = "FILE", requires = "operation")]
    from: Option<PathBuf>,
    /// The `operationId` in that description
    #[arg(long, value_name = "ID", requires = "from")]
    operation: Option<String>,
    /// A provider whose file is copied; what is its own stands as TODO
    #[arg(long, value_name = "PROVIDER", conflicts_with_all = ["from", "action"])]
    like: Option<String>,
}

const NAME_BYTES_MAX: usize = 60;
/// Words of YAML, and the folder of secrets of own providers.
const NO_NAMES: [&str; 7] = ["true", "false", "null", "yes", "no", "off", "own"];

pub(crate) fn begin(cx: &Cx, args: &NewArgs) -> Result<(), Error> {
    let What::Provider(args) = &args.what;
    if !is_name(&args.name) {
        let name = &args.name;
        return Err(Error::Usage(format!("{name} is no name: small letters, digits and `_`")));
    }
    if args.name.len() > NAME_BYTES_MAX || NO_NAMES.contains(&&*args.name) {
        let name = &args.name;
        return Err(Error::Usage(format!(
            "{name} cannot be the name of a provider: take another one"
        )));
    }
    let catalog = catalog();
    if catalog.provider(&args.name).is_some() {
        let name = &args.name;
        return Err(Error::Usage(format!("{name} is there already: give yours another name")));
    }
    let like = args.like.as_deref().map(copied).transpose()?;
    let first = like.as_ref().and_then(|(like, _)| like.actions.first());
    let id = first.map_or_else(|| args.action.clone(), |action| action.id.to_string());
    let does = match catalog.action(&id) {
        Some(action) => Does::Contract(action),
        None if is_own(&id, &args.name) => Does::Own(&id),
        None => return Err(unknown(&catalog, args)),
    };
    let operation = match (&args.from, &args.operation) {
        (Some(path), Some(id)) => Some(operation(path, id)?),
        _ => None,
    };
    let folder = cx.dir.join("providers");
    fs::create_dir_all(&folder).map_err(|source| Error::file(&folder, source))?;
    let draft = Draft { id: &args.name, does, operation: operation.as_ref() };
    let [file, fixtures] =
        ["yaml", "fixtures.yaml"].map(|end| folder.join(format!("{}.{end}", args.name)));
    if let Some(there) = [&file, &fixtures].into_iter().find(|path| path.exists()) {
        let there = there.display();
        return Err(Error::Usage(format!("{there} is there already, and is not written over")));
    }
    let (source, tried) = match &like {
        None => (draft.file(), draft.fixtures()),
        Some((like, source)) => {
            let tried = match like.actions.is_empty() {
                true => like::deliveries(like),
                false => draft.fixtures_with(&like::settings(like)),
            };
            (like::draft(&args.name, like, source), tried)
        }
    };
    create(&file, &source)?;
    create(&fixtures, &tried)?;
    cx.output.line(format!("providers/{0}.yaml and providers/{0}.fixtures.yaml", args.name));
    cx.output
        .line("Next      answer each TODO, then `tradewind check` and `tradewind test --update`");
    Ok(())
}

/// The file of a provider that is described by one: what it says, and how it is written.
fn copied(provider: &str) -> Result<(Description, &'static str), Error> {
    let found =
        file_of(provider).and_then(|source| Some((Description::parse(source).ok()?, source)));
    found.ok_or_else(|| {
        Error::NotFound(format!("{provider} is no provider of the catalog that a file describes"))
    })
}

fn is_name(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    text.bytes().all(is_word) && text.starts_with(|c: char| c.is_ascii_lowercase())
}

/// Whether an action of that id is one that only the provider of that name can have.
fn is_own(action: &str, provider: &str) -> bool {
    let verb = action.strip_prefix(provider).and_then(|rest| rest.strip_prefix('.'));
    verb.is_some_and(|verb| is_name(verb) && verb.len() <= NAME_BYTES_MAX)
}

fn unknown(catalog: &Catalog, args: &ProviderArgs) -> Error {
    let ids: Vec<&str> = catalog.actions.iter().map(|action| action.id.as_str()).collect();
    Error::NotFound(format!(
        "there is no action {}; there are {}, and whatever is called {}.…, which is its own",
        args.action,
        ids.join(", "),
        args.name
    ))
}

/// Writes a file that is not there yet.
fn create(path: &Path, text: &str) -> Result<(), Error> {
    let wrong = |source| Error::file(path, source);
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(wrong)?;
    file.write_all(text.as_bytes()).map_err(wrong)
}

fn operation(path: &Path, id: &str) -> Result<Operation, Error> {
    let source = fs::read_to_string(path).map_err(|source| Error::file(path, source))?;
    let shown = path.display();
    let document: Value = match serde_json::from_str(&source) {
        Ok(document) => document,
        Err(_) => {
            let parsed = yaml::parse(&source).map_err(|problems| {
                let first = problems.first().map(ToString::to_string).unwrap_or_default();
                Error::Usage(format!("{shown} is neither JSON nor YAML: {first}"))
            });
            parsed?.to_json()
        }
    };
    if !document["openapi"].as_str().is_some_and(|version| version.starts_with("3.")) {
        return Err(Error::Usage(format!("{shown} is no OpenAPI description of version 3")));
    }
    Operation::of(&document, id).ok_or_else(|| {
        Error::NotFound(format!("{shown} has no operation `{id}`: it is the `operationId` of one"))
    })
}
