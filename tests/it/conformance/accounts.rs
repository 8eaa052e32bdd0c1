//! An account at every provider that acts. One that is described by a file has that of its fixtures; one that is
//! new and written in Rust has to come here.

use crate::inputs::input;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;
use tradewind_connectors::catalog::catalog;
use tradewind_connectors::fixtures::{Case, Fixtures};

/// The settings of a connection whose service is at that address.
pub(super) fn settings(provider: &str, url: &str) -> Value {
    match provider {
        "commercelayer" => json!({
            "organization": "acme",
            "client_id": "id-1",
            "client_secret": "s3cret",
            "base_url": url,
            "auth_url": url,
        }),
        "google_sheets" => json!({
            "service_account": include_str!("google_sheets/service_account.json"),
            "spreadsheet_id": "sheet-1",
            "base_url": url,
            "token_url": format!("{url}/token"),
        }),
        "smtp" => json!({ "host": "127.0.0.1", "from": "shop@example.com" }),
        "csv" => json!({ "path": "tables" }),
        "sandbox" => json!({}),
        described => Value::Object(of_fixtures(described, url)),
    }
}

/// What a step says that this provider can do: lists and the like are those of its account.
pub(super) fn input_for(provider: &str, action: &str) -> Value {
    let given = fixtures(provider).and_then(|mut fixtures| {
        let is_of_it = |case: &&mut Case| case.action.as_ref().is_some_and(|(id, _)| id == action);
        let first = fixtures.cases.iter_mut().find(is_of_it);
        let own = first.and_then(|case| case.attempts[0].input.take());
        own.or(fixtures.inputs.remove(action)).or(fixtures.input)
    });
    given.unwrap_or_else(|| input(action))
}

fn fixtures(provider: &str) -> Option<Fixtures> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/connectors/providers");
    let source = fs::read_to_string(folder.join(format!("{provider}.fixtures.yaml"))).ok()?;
    Some(Fixtures::parse(&source).unwrap())
}

/// The settings of a provider's fixtures, with that address in the place of its own.
fn of_fixtures(id: &str, url: &str) -> Map<String, Value> {
    let fixtures = fixtures(id);
    let fixtures =
        fixtures.unwrap_or_else(|| panic!("nothing tries {id}: say what its account is"));
    let mut settings = fixtures.settings;
    let catalog = catalog();
    for address in &catalog.provider(id).unwrap().addresses {
        // A setting that is the whole address has a path of its own.
        let value =
            if address.host.is_none() { format!("{url}/hooks/s3cret") } else { url.to_owned() };
        settings.insert(address.settings[0].clone(), Value::String(value));
    }
    // Its address is a secret, and leads nowhere but to this host.
    if id == "outgoing_webhook" {
        settings.insert("host".to_owned(), json!("127.0.0.1"));
    }
    settings
}
