//! `tradewind secret`: the encrypted file of secrets. It needs no process; a running one sees the
//! change with its next step.

mod elsewhere;

use super::stage;
use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::output::Mood;
use crate::command::printing::table::Table;
use crate::command::project_folder;
use crate::secrets::{self, SecretsFile};
use clap::{Args, Subcommand};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Read, stdin};
use tradewind_connectors::connection::is_ordinary_text;
use tradewind_engine::project::{Project, Setting};

/// Arguments of `secret`.
#[derive(Debug, Args)]
pub struct SecretArgs {
    /// With --url: the stage whose secrets are meant
    #[arg(long, global = true, value_name = "NAME", default_value = "live")]
    stage: String,
    #[command(subcommand)]
    action: SecretAction,
}

#[derive(Debug, Subcommand)]
enum SecretAction {
    /// Keep a secret; the value is asked for and never shown
    Set {
        /// Its name, as in ${{ secret.NAME }}
        name: String,
        /// Read the value from standard input; a line break at its end is cut
        #[arg(long)]
        from_stdin: bool,
    },
    /// List the names of all secrets, and those that tradewind.yaml needs
    List,
    /// Forget a secret
    Remove {
        /// Its name
        name: String,
    },
}

pub(crate) async fn secret(cx: &Cx, args: &SecretArgs) -> Result<(), Error> {
    if cx.target.url.is_some() {
        stage::check_as_far_as_known(cx, "tradewind secret").await?;
        return elsewhere::print(cx, args);
    }
    match &args.action {
        SecretAction::Set { name, from_stdin } => set(cx, name, *from_stdin),
        SecretAction::List => list(cx),
        SecretAction::Remove { name } => remove(cx, name),
    }
}

fn set(cx: &Cx, name: &str, from_stdin: bool) -> Result<(), Error> {
    if !secrets::is_name(name) {
        return Err(Error::Usage(secrets::Error::Name(name.to_owned()).to_string()));
    }
    let value = match from_stdin {
        true => read_value()?,
        false => ask_value(name)?,
    };
    let data = cx.data_folder()?;
    data.prepare(cx.new_data)?;
    SecretsFile::in_folder(&data.path).set(name, &value)?;
    print_done(cx, json!({ "name": name, "set": true }), &format!("secret {name} is set"));
    if is_ordinary_text(value.expose_secret().trim()) {
        cx.output.note(
            "the value is so short or plain that it may stand in ordinary texts: it is not hidden \
             everywhere, or hides what is no secret. Choose a longer one where you can",
        );
    }
    if cx.environment.variables().contains_key(&secrets::variable(name)) {
        cx.output.note(format!("{} is set too, and wins over it", secrets::variable(name)));
    }
    Ok(())
}

fn read_value() -> Result<SecretString, Error> {
    let mut text = String::new();
    // One more than is kept, and a line break: what is longer is refused, wherever it ends.
    let most = secrets::VALUE_BYTES_MAX as u64 + 3;
    let read = stdin().take(most).read_to_string(&mut text);
    read.map_err(|source| Error::file("standard input", source))?;
    let value = text.strip_suffix('\n').unwrap_or(&text);
    Ok(SecretString::from(value.strip_suffix('\r').unwrap_or(value)))
}

fn ask_value(name: &str) -> Result<SecretString, Error> {
    if !stdin().is_terminal() {
        let message = "nobody is there to be asked for the value: use --from-stdin";
        return Err(Error::Usage(message.to_owned()));
    }
    let value = rpassword::prompt_password(format!("Value of {name} (not shown): "));
    let value = value.map_err(|source| Error::file("terminal", source))?;
    Ok(SecretString::from(value))
}

fn remove(cx: &Cx, name: &str) -> Result<(), Error> {
    if !SecretsFile::in_folder(&cx.data_dir()?).remove(name)? {
        return Err(Error::NotFound(format!("there is no secret {name}")));
    }
    print_done(cx, json!({ "name": name, "removed": true }), &format!("secret {name} is removed"));
    Ok(())
}

fn print_done(cx: &Cx, document: Value, text: &str) {
    match cx.output.json {
        true => cx.output.document(&document),
        false => cx.output.line(text),
    }
}

fn list(cx: &Cx) -> Result<(), Error> {
    let kept = SecretsFile::in_folder(&cx.data_dir()?).names()?;
    let kept: BTreeSet<String> = kept.into_iter().collect();
    let needed = needed(cx);
    let names: BTreeSet<&String> = kept.iter().chain(needed.keys()).collect();
    let mut table = Table::new(["SET IN", "NAME", "USED BY"]);
    let mut documents = Vec::new();
    for name in &names {
        let variable = secrets::variable(name);
        let in_environment = cx.environment.variables().contains_key(&variable);
        let (mood, place) = match (in_environment, kept.contains(*name)) {
            (true, _) => (Mood::Good, "environment"),
            (false, true) => (Mood::Good, "file"),
            (false, false) => (Mood::Bad, "not set"),
        };
        let users = needed.get(*name).cloned().unwrap_or_default();
        table.row(mood, [place.to_owned(), (*name).clone(), users.join(", ")]);
        documents.push(json!({ "name": name, "set_in": place, "used_by": users }));
    }
    if cx.output.json {
        cx.output.document(&json!({ "secrets": documents }));
    } else if names.is_empty() {
        cx.output.line("no secrets: keep one with `tradewind secret set NAME`");
    } else {
        table.show(cx.output);
    }
    Ok(())
}

/// The secrets that tradewind.yaml names, with the connections that use them. Without a readable
/// file there are none: `check` says what is wrong with it.
fn needed(cx: &Cx) -> BTreeMap<String, Vec<String>> {
    let mut needed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let text = project_folder::read_project(&cx.dir).unwrap_or_default();
    for connection in Project::parse(&text).unwrap_or_default().connections.values() {
        let settings = connection.settings.iter().map(|(_, setting)| setting);
        for name in settings.flat_map(Setting::secrets) {
            let users = needed.entry(name.to_owned()).or_default();
            if users.last() != Some(&connection.name.0) {
                users.push(connection.name.0.clone());
            }
        }
    }
    needed
}
