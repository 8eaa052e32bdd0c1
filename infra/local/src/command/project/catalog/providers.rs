//! The providers of the catalog.

use super::fields::fields;
use super::{duration, show_given};
use crate::command::cx::Cx;
use crate::command::printing::output::Mood;
use crate::command::printing::table::Table;
use serde_json::{Value, json};
use tradewind_connectors::catalog::Catalog;
use tradewind_connectors::provider::Provider;

pub(super) fn list(catalog: &Catalog) -> Table {
    let mut table = Table::new(["PROVIDER", "NAME", "HOSTS", "DOES", "TELLS OF"]).whole();
    for provider in &catalog.providers {
        let does = does(catalog, provider).join(", ");
        let tells = tells(provider).join(", ");
        let hosts = provider.hosts.join(", ");
        let cells = [provider.id.clone(), provider.title.clone(), hosts, does, tells];
        table.row(Mood::Good, cells);
    }
    table
}

pub(super) fn show(cx: &Cx, catalog: &Catalog, provider: &Provider) {
    let line = |label: &str, text: &str| {
        if !text.is_empty() {
            cx.output.line(format!("{label:<10}{text}"));
        }
    };
    line("Provider", &format!("{} ({})", provider.id, provider.title));
    line("Page", &provider.documentation);
    line("Does", &does(catalog, provider).join(", "));
    line("Tells of", &tells(provider).join(", "));
    line("Hosts", &provider.hosts.join(", "));
    line("Limit", &limit(provider));
    for action in &catalog.actions {
        let Some(implementation) = action.implementation(&provider.id) else { continue };
        let left_out = action.not_carried(implementation);
        if !left_out.is_empty() {
            line("Left out", &format!("{} of {}", left_out.join(", "), action.id));
        }
    }
    let mut settings = fields(&(provider.settings)());
    for setting in &mut settings {
        if provider.secrets.contains(&setting.name) {
            setting.kind = format!("{}, secret", setting.kind);
        }
    }
    show_given(cx, "settings:", &settings);
    if let Some(trigger) = &provider.trigger {
        cx.output.line("");
        let mut table = Table::new(["TOPIC", "BECOMES", "INCLUDE"]).whole();
        for topic in trigger.topics() {
            let cells = [topic.name.to_owned(), topic.event.to_owned(), topic.include.join(", ")];
            table.row(Mood::Good, cells);
        }
        table.show(cx.output);
    }
}

/// What the provider allows, for people; empty where nothing is published.
pub(super) fn limit(provider: &Provider) -> String {
    let rate =
        provider.limit.map(|limit| format!("{} calls in {}", limit.calls, duration(limit.per)));
    let concurrency = provider.concurrency.map(|calls| format!("{calls} at the same time"));
    rate.into_iter().chain(concurrency).collect::<Vec<_>>().join(", ")
}

fn does<'a>(catalog: &'a Catalog, provider: &Provider) -> Vec<&'a str> {
    let actions = catalog.actions.iter();
    let able = actions.filter(|action| action.implementation(&provider.id).is_some());
    able.map(|action| action.id.as_str()).collect()
}

fn tells(provider: &Provider) -> Vec<&str> {
    let topics = provider.trigger.iter().flat_map(|trigger| trigger.topics());
    let mut events: Vec<&str> = topics.map(|topic| topic.event).collect();
    events.sort_unstable();
    events.dedup();
    events
}

pub(super) fn document(catalog: &Catalog, provider: &Provider) -> Value {
    let topics: Vec<Value> = provider
        .trigger
        .iter()
        .flat_map(|trigger| trigger.topics())
        .map(|topic| json!({ "name": topic.name, "event": topic.event, "include": topic.include }))
        .collect();
    json!({
        "id": provider.id,
        "title": provider.title,
        "documentation": provider.documentation,
        "settings": (provider.settings)(),
        "secrets": provider.secrets,
        "hosts": provider.hosts,
        "actions": does(catalog, provider),
        "topics": topics,
        "limit": provider.limit.map(|limit| {
            json!({ "calls": limit.calls, "per_seconds": limit.per.as_secs_f64() })
        }),
        "concurrency": provider.concurrency,
    })
}
