//! The actions of the catalog.

use super::fields::fields;
use super::{duration, show_given, show_read};
use crate::command::cx::Cx;
use crate::command::printing::output::Mood;
use crate::command::printing::table::Table;
use serde_json::{Value, json};
use tradewind_connectors::action::{Action, Implementation};
use tradewind_connectors::catalog::Catalog;
use tradewind_engine::effects::{EffectClass, OnUnknown};

pub(super) fn list(catalog: &Catalog) -> Table {
    let mut table = Table::new(["ACTION", "WHAT IT DOES", "PROVIDERS"]).whole();
    for action in &catalog.actions {
        let providers: Vec<&str> = action.providers().collect();
        let cells = [action.id.0.clone(), action.summary.to_owned(), providers.join(", ")];
        table.row(Mood::Good, cells);
    }
    table
}

pub(super) fn show(cx: &Cx, action: &Action) {
    cx.output.line(format!("{}: {}", action.id, action.summary));
    cx.output.line(match action.on_unknown {
        OnUnknown::Hold => "When an answer never comes and nobody can be asked: a person decides.",
        OnUnknown::Retry => {
            "When an answer never comes and nobody can be asked: it is tried again."
        }
    });
    cx.output.line("");
    let mut table = Table::new(["PROVIDER", "A SECOND CALL", "LIMIT"]).whole();
    for implementation in action.implementations() {
        let provider = &implementation.provider;
        let second = second_call(implementation);
        table.row(Mood::Good, [provider.id.clone(), second, super::providers::limit(provider)]);
    }
    table.show(cx.output);
    show_given(cx, "with:", &fields(&action.input));
    show_read(cx, "steps.<id>:", &fields(&action.output));
}

/// What a second call would do, for people.
fn second_call(implementation: &Implementation) -> String {
    if implementation.depends_on_step() {
        return "depends on what the step says and on its connection".to_owned();
    }
    match (implementation.class, implementation.key_window) {
        (EffectClass::Keyed, Some(window)) => {
            format!("does nothing: the provider knows our key for {}", duration(window))
        }
        (EffectClass::Keyed, None) => "does nothing: the provider knows our key".to_owned(),
        (EffectClass::Natural, _) => "does nothing more: the result is the same".to_owned(),
        (EffectClass::Queryable, _) => {
            "would do it twice, but the provider is asked first".to_owned()
        }
        (EffectClass::Neither, _) => "would do it twice, and nobody can be asked".to_owned(),
    }
}

pub(super) fn document(action: &Action) -> Value {
    let providers: Vec<Value> = action.implementations().map(implementation).collect();
    json!({
        "id": action.id,
        "summary": action.summary,
        "on_unknown": action.on_unknown,
        "providers": providers,
        "input": action.input,
        "output": action.output,
    })
}

fn implementation(implementation: &Implementation) -> Value {
    json!({
        "provider": implementation.provider.id,
        "class": implementation.class,
        "class_depends_on_step": implementation.depends_on_step(),
        "key_window_seconds": implementation.key_window.map(|window| window.as_secs()),
        "can_be_asked": implementation.can_be_asked(),
    })
}
