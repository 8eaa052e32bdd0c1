//! Who is new in the catalog has to come here too.

use std::collections::BTreeSet;
use std::time::Duration;
use tradewind_connectors::catalog::catalog;
use tradewind_engine::effects::EffectClass;

const COVERED: &[&[(&str, &str)]] = &[
    super::commercelayer::COVERS,
    super::csv::COVERS,
    super::google_sheets::COVERS,
    super::postmark::COVERS,
    super::sandbox::COVERS,
    super::sendgrid::COVERS,
    super::slack::COVERS,
];

#[test]
fn every_provider_of_every_contract_has_its_conformance_tests() {
    let covered: BTreeSet<(&str, &str)> = COVERED.iter().copied().flatten().copied().collect();
    let catalog = catalog();
    let pairs = catalog.actions.iter().flat_map(|action| {
        let providers = action.implementations.iter().map(|one| one.provider.id);
        providers.map(|provider| (action.id.as_str(), provider))
    });
    assert_eq!(pairs.collect::<BTreeSet<_>>(), covered);
}

#[test]
fn every_implementation_can_keep_what_its_class_promises() {
    for action in catalog().actions {
        for one in action.implementations {
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
        for secret in provider.secrets {
            let first = secret.split('.').next().unwrap();
            assert!(schema["properties"][first].is_object(), "{}: {secret}", provider.id);
        }
        for (name, setting) in schema["properties"].as_object().into_iter().flatten() {
            let described = setting["description"].is_string() || setting["$ref"].is_string();
            assert!(described, "{}: {name} says what it is", provider.id);
        }
    }
}
