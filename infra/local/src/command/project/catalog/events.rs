//! The events of the catalog.

use super::fields::fields;
use super::show_read;
use crate::command::cx::Cx;
use crate::command::printing::output::Mood;
use crate::command::printing::table::Table;
use serde_json::{Value, json};
use tradewind_connectors::catalog::Catalog;
use tradewind_connectors::events::EventKind;

pub(super) fn list(catalog: &Catalog) -> Table {
    let mut table = Table::new(["EVENT", "WHAT HAPPENED", "PROVIDERS"]).whole();
    for event in &catalog.events {
        let cells = [event.name.to_owned(), event.summary.to_owned(), tellers(catalog, event)];
        table.row(Mood::Good, cells);
    }
    table
}

/// Who tells of it.
fn tellers(catalog: &Catalog, event: &EventKind) -> String {
    let tellers = catalog.providers.iter().filter(|provider| {
        let topics = provider.trigger.iter().flat_map(|trigger| trigger.topics());
        topics.map(|topic| topic.event).any(|told| told == event.name)
    });
    tellers.map(|provider| provider.id.as_str()).collect::<Vec<_>>().join(", ")
}

pub(super) fn show(cx: &Cx, event: &EventKind) {
    cx.output.line(format!("{}: {}", event.name, event.summary));
    show_read(cx, "trigger:", &fields(&event.schema));
}

pub(super) fn document(event: &EventKind) -> Value {
    json!({ "name": event.name, "summary": event.summary, "trigger": *event.schema })
}
