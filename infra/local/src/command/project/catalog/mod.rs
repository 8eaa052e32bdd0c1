//! `tradewind catalog`: what there is, from the code itself.

mod actions;
mod events;
mod fields;
mod providers;

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::table::Table;
use crate::command::project_folder;
use clap::{Args, ValueEnum};
use fields::Field;
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_connectors::catalog::{Catalog, catalog as whole_catalog};
use tradewind_engine::problems::nearest;
use tradewind_platform::apply;

/// Arguments of `catalog`.
#[derive(Debug, Args)]
pub struct CatalogArgs {
    /// Only these
    kind: Option<Kind>,
    /// Everything about this one
    name: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// What steps can do
    Actions,
    /// What workflows can wait for
    Events,
    /// Who does it and who tells of it
    Providers,
}

pub(crate) fn catalog(cx: &Cx, args: &CatalogArgs) -> Result<(), Error> {
    let catalog = with_own(cx);
    match (args.kind, &args.name) {
        (None, _) => everything(cx, &catalog),
        (Some(kind), None) => list(cx, &catalog, kind),
        (Some(kind), Some(name)) => return one(cx, &catalog, kind, name),
    }
    Ok(())
}

/// The catalog, with the providers of the project in whose folder the command runs.
fn with_own(cx: &Cx) -> Catalog {
    match project_folder::read(&cx.dir, &cx.environment) {
        Ok(folder) => apply::with_own_providers(&whole_catalog(), &folder.files.providers),
        Err(_) => whole_catalog(),
    }
}

fn everything(cx: &Cx, catalog: &Catalog) {
    if cx.output.json {
        cx.output.document(&json!({
            "actions": documents(catalog, Kind::Actions),
            "events": documents(catalog, Kind::Events),
            "providers": documents(catalog, Kind::Providers),
        }));
        return;
    }
    for (number, kind) in [Kind::Actions, Kind::Events, Kind::Providers].into_iter().enumerate() {
        if number > 0 {
            cx.output.line("");
        }
        list(cx, catalog, kind);
    }
    cx.output.note("");
    cx.output.note("everything about one: `tradewind catalog actions email.send`");
}

fn list(cx: &Cx, catalog: &Catalog, kind: Kind) {
    if cx.output.json {
        cx.output.document(&json!({ kind.word(): documents(catalog, kind) }));
        return;
    }
    match kind {
        Kind::Actions => actions::list(catalog).show(cx.output),
        Kind::Events => events::list(catalog).show(cx.output),
        Kind::Providers => providers::list(catalog).show(cx.output),
    }
}

fn documents(catalog: &Catalog, kind: Kind) -> Vec<Value> {
    match kind {
        Kind::Actions => catalog.actions.iter().map(actions::document).collect(),
        Kind::Events => catalog.events.iter().map(|event| events::document(event)).collect(),
        Kind::Providers => {
            catalog.providers.iter().map(|one| providers::document(catalog, one)).collect()
        }
    }
}

fn one(cx: &Cx, catalog: &Catalog, kind: Kind, name: &str) -> Result<(), Error> {
    let json = cx.output.json;
    let found = match kind {
        Kind::Actions => catalog.action(name).map(|action| match json {
            true => cx.output.document(&actions::document(action)),
            false => actions::show(cx, action),
        }),
        Kind::Events => catalog.event(name).map(|event| match json {
            true => cx.output.document(&events::document(event)),
            false => events::show(cx, event),
        }),
        Kind::Providers => catalog.provider(name).map(|provider| match json {
            true => cx.output.document(&providers::document(catalog, provider)),
            false => providers::show(cx, catalog, provider),
        }),
    };
    found.ok_or_else(|| unknown(catalog, kind, name))
}

fn unknown(catalog: &Catalog, kind: Kind, name: &str) -> Error {
    let names: Vec<&str> = match kind {
        Kind::Actions => catalog.actions.iter().map(|action| action.id.as_str()).collect(),
        Kind::Events => catalog.events.iter().map(|event| event.name).collect(),
        Kind::Providers => catalog.providers.iter().map(|provider| provider.id.as_str()).collect(),
    };
    let word = kind.word().trim_end_matches('s');
    Error::NotFound(match nearest(name, names) {
        Some(near) => format!("there is no {word} {name}; did you mean {near}?"),
        None => format!("there is no {word} {name}; `tradewind catalog {}` lists all", kind.word()),
    })
}

/// What is given to a step or a connection.
fn show_given(cx: &Cx, title: &str, fields: &[Field]) {
    show_fields(cx, title, fields, |field| if field.is_required { "required" } else { "" });
}

/// What expressions read.
fn show_read(cx: &Cx, title: &str, fields: &[Field]) {
    show_fields(cx, title, fields, |field| if field.is_nullable { "may be null" } else { "" });
}

fn show_fields(cx: &Cx, title: &str, fields: &[Field], mark: fn(&Field) -> &'static str) {
    cx.output.line("");
    cx.output.line(title);
    if fields.is_empty() {
        cx.output.line("nothing");
        return;
    }
    let mut table = Table::new(["FIELD", "TYPE", "", "WHAT"]).whole();
    for field in fields {
        let cells =
            [field.name.clone(), field.kind.clone(), mark(field).to_owned(), field.help.clone()];
        table.row(crate::command::printing::output::Mood::Good, cells);
    }
    table.show(cx.output);
}

/// `90 days`, `24 h`, `60 s`.
fn duration(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds % 86_400 == 0 && seconds > 86_400 => {
            format!("{} days", seconds / 86_400)
        }
        seconds if seconds % 3_600 == 0 && seconds > 0 => format!("{} h", seconds / 3_600),
        seconds => format!("{seconds} s"),
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Actions => "actions",
            Self::Events => "events",
            Self::Providers => "providers",
        }
    }
}
