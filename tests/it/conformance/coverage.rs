//! What holds for every provider of every contract: whatever is in the catalog is tried.

use super::accounts::input_for;
use super::stage::{KEY, Stage, fulfilled, outcome};
use crate::fakes::{Answer, FakeServer};
use crate::inputs::input;
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_connectors::action::Implementation;
use tradewind_connectors::catalog::catalog;
use tradewind_engine::effects::{ActionError, EffectClass};

/// The place of a page that welcomes whoever calls.
const WELCOME: usize = 5;
/// Speaks another language than HTTP: its conversations are tried in infra/system.
const MAIL_SERVER: &str = "smtp";
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

/// Every action with each of those who really do it.
fn real_pairs() -> Vec<(String, Implementation)> {
    let mut pairs = Vec::new();
    for action in catalog().actions {
        let real = action.implementations().filter(|one| one.provider.id != "sandbox");
        let mut real = real.peekable();
        assert!(real.peek().is_some(), "somebody really does {}", action.id);
        pairs.extend(real.map(|one| (action.id.as_str().to_owned(), one.clone())));
    }
    pairs
}

/// Those of them that call a service.
fn calling_pairs() -> impl Iterator<Item = (String, Implementation)> {
    let calling = real_pairs().into_iter().filter(|(_, one)| !one.provider.addresses.is_empty());
    calling.filter(|(_, one)| one.provider.id != MAIL_SERVER)
}

#[tokio::test]
async fn whatever_hinders_the_first_call_is_neither_repeated_nor_the_data_s_fault() {
    let hindrances = [
        Answer::Resets,
        Answer::Cuts { status: 200 },
        Answer::Stalls { status: 200 },
        Answer::status(307).header("location", "/elsewhere"),
        Answer::text(502, "<html>bad gateway</html>"),
        Answer::text(200, "<html>welcome</html>"),
        Answer::status(429),
        Answer::status(401),
    ];
    for (action, one) in calling_pairs() {
        for (place, answer) in hindrances.iter().enumerate() {
            // The standard of webhooks takes any 2xx for a success, whatever its body is.
            if action == "webhook.send" && place == WELCOME {
                continue;
            }
            let server = FakeServer::scripted([answer.clone()]).await;
            let mut stage = Stage::new();
            stage.timeout = Duration::from_millis(500);
            let found = stage
                .perform_by(&one, &server.url, KEY, input_for(&one.provider.id, &action))
                .await;
            let name = format!("{action} by {}, hindrance {place}", one.provider.id);
            let goes_on = matches!(
                found,
                Err(ActionError::NotNow { .. }
                    | ActionError::Unknown { .. }
                    | ActionError::NeedsRepair { .. })
            );
            assert!(goes_on, "{name}: {}", outcome(found));
            assert_eq!(server.seen().len(), 1, "{name}");
        }
    }
}

#[tokio::test]
async fn where_nobody_listens_nothing_has_happened() {
    for (action, one) in calling_pairs() {
        let found = outcome(
            Stage::new().perform_by(&one, NOWHERE, KEY, input_for(&one.provider.id, &action)).await,
        );
        assert_eq!(found, "not now: could not connect", "{action} by {}", one.provider.id);
    }
}

#[tokio::test]
async fn what_the_sandbox_refuses_is_refused_by_everybody_before_anything_is_sent() {
    let server = FakeServer::scripted([]).await;
    for (action, one) in real_pairs() {
        let mut refused = 0;
        for hostile in spoilt(&input(&action)) {
            let stage = Stage::new();
            let sandbox = fulfilled(&action, "sandbox");
            let tried = stage.perform_by(&sandbox, "", KEY, hostile.clone()).await;
            if !matches!(tried, Err(ActionError::Refused { .. })) {
                continue;
            }
            refused += 1;
            let found = stage.perform_by(&one, &server.url, KEY, hostile.clone()).await;
            let is_refused = matches!(found, Err(ActionError::Refused { .. }));
            let name = format!("{action} by {} with {hostile}", one.provider.id);
            assert!(is_refused, "{name}: {}", outcome(found));
        }
        assert!(refused > 1, "nothing is refused of {action}");
    }
    assert!(server.seen().is_empty());
}

/// The input with a field too many, and with each of its texts spoilt.
fn spoilt(input: &Value) -> Vec<Value> {
    let mut all = vec![input.clone()];
    all[0]["no_such_field"] = json!("a");
    for (field, value) in input.as_object().unwrap() {
        for text in ["", " ", "a\u{0}", "a\r\nb"] {
            let mut hostile = input.clone();
            hostile[field] = if value.is_string() { json!(text) } else { json!({ "A": text }) };
            all.push(hostile);
        }
    }
    all
}

#[test]
fn every_implementation_can_keep_what_its_class_promises() {
    for action in catalog().actions {
        for one in action.implementations() {
            let name = format!("{} by {}", action.id, one.provider.id);
            let keyed = one.class == EffectClass::Keyed;
            assert_eq!(one.key_window.is_some(), keyed, "{name}: a key is remembered for a while");
            let queryable = one.class == EffectClass::Queryable;
            assert_eq!(one.can_be_asked(), queryable, "{name}: whoever can be asked says how");
            assert_eq!(one.search_lag > Duration::ZERO, queryable, "{name}: searches lag");
        }
    }
}

#[test]
fn every_provider_describes_its_settings_and_names_the_secret_ones() {
    for provider in catalog().providers {
        assert!(provider.documentation.starts_with("https://"), "{}", provider.id);
        let schema = (provider.settings)();
        assert_eq!(schema["type"], "object", "{}", provider.id);
        for secret in &provider.secrets {
            let first = secret.split('.').next().unwrap();
            assert!(schema["properties"][first].is_object(), "{}: {secret}", provider.id);
        }
        for (name, setting) in schema["properties"].as_object().into_iter().flatten() {
            let described = setting["description"].is_string() || setting["$ref"].is_string();
            assert!(described, "{}: {name} says what it is", provider.id);
        }
    }
}
