//! Which hosts receive which secrets, told from the settings alone.

use super::*;
use serde_json::json;
use tradewind_connectors::catalog::catalog;
use tradewind_engine::definitions::StoredConnection;

fn project(connections: Value) -> StoredProject {
    let Value::Object(connections) = connections else { panic!("a map of connections") };
    let mut project: StoredProject = serde_json::from_value(json!({
        "v": 1, "connections": {}, "alerts": null, "public_url": null,
        "keep_days": 90, "redact_after_days": 30,
    }))
    .unwrap();
    for (name, mut settings) in connections {
        let settings = settings.as_object_mut().unwrap();
        let provider = settings.remove("provider").unwrap();
        let provider = provider.as_str().unwrap().into();
        let stored = StoredConnection { provider, settings: settings.clone(), former: None };
        project.connections.insert(name.as_str().into(), stored);
    }
    project
}

fn hosts(connections: Value, allowed: &str) -> Vec<SecretHost> {
    secret_hosts(&project(connections), &catalog(), &allowed.parse().unwrap())
}

fn check(connection: Value, allowed: &str, expected: &[&str]) {
    let found: Vec<String> = hosts(json!({ "one": connection }), allowed)
        .iter()
        .map(|one| {
            let own = if one.is_own { "own" } else { "OTHER" };
            let certain = if one.in_secret { ", in secret" } else { "" };
            format!("{} {} ({own}{certain})", one.host, one.secrets.join("+"))
        })
        .collect();
    assert_eq!(found, expected);
}

fn secret(name: &str) -> Value {
    json!({ "$secret": name })
}

#[test]
fn a_secret_goes_where_the_catalog_says_or_a_setting_in_its_place() {
    let shop = json!({ "provider": "commercelayer", "organization": "acme", "client_secret": secret("cl"),
        "webhook_secret": secret("hook") });
    check(shop.clone(), "", &["acme.commercelayer.io cl (own)", "auth.commercelayer.io cl (own)"]);
    let mut moved = shop;
    moved["auth_url"] = json!("https://auth.example/x");
    check(
        moved.clone(),
        "auth.example",
        &["acme.commercelayer.io cl (own)", "auth.example cl (OTHER)"],
    );
    // The guard blocks it, so nothing is sent there.
    check(moved, "", &["acme.commercelayer.io cl (own)"]);
}

#[test]
fn a_connection_that_only_receives_sends_no_secret() {
    check(json!({ "provider": "commercelayer", "webhook_secret": secret("hook") }), "", &[]);
    check(json!({ "provider": "webhook", "verify": { "secret": secret("hook") } }), "", &[]);
    check(json!({ "provider": "sandbox" }), "", &[]);
}

#[test]
fn an_address_within_a_secret_may_be_any_host_that_is_allowed() {
    check(
        json!({ "provider": "slack", "url": secret("slack") }),
        "chat.example:9000",
        &[
            "hooks.slack.com slack (own, in secret)",
            "hooks.slack-gov.com slack (own, in secret)",
            "chat.example:9000 slack (OTHER, in secret)",
        ],
    );
    let account = |uri: Value| json!({ "provider": "google_sheets", "service_account": uri, "spreadsheet_id": "x" });
    let as_map =
        json!({ "private_key": secret("key"), "token_uri": "https://oauth2.googleapis.com/token" });
    check(
        account(as_map),
        "",
        &["sheets.googleapis.com key (own)", "oauth2.googleapis.com key (own)"],
    );
    let found = hosts(json!({ "one": account(secret("file")) }), "");
    let in_secret: Vec<bool> = found.iter().map(|one| one.in_secret).collect();
    assert_eq!(in_secret, [false, true, true, true]);
}

#[test]
fn a_secret_without_a_name_is_named_by_its_setting() {
    check(
        json!({ "provider": "sendgrid", "api_key": "from the environment", "from": secret("odd") }),
        "",
        &["api.sendgrid.com api_key+odd (own)"],
    );
}

#[test]
fn a_comparison_tells_new_changed_and_gone_hosts() {
    let mail = |key: &str| json!({ "provider": "sendgrid", "api_key": secret(key) });
    let ops = json!({ "provider": "postmark", "server_token": secret("pm") });
    let before = hosts(json!({ "a": mail("one"), "b": mail("one"), "c": ops }), "");
    let after = hosts(json!({ "a": mail("one"), "b": mail("two"), "d": mail("one") }), "");
    let changes: Vec<String> = compared(&before, after)
        .iter()
        .map(|one| format!("{} {:?}", one.connection, one.change))
        .collect();
    assert_eq!(changes, ["a Same", "b OtherSecrets", "d New", "c Gone"]);
}
