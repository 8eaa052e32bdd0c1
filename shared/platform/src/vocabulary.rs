//! The catalog as the workflow language sees it.

use serde_json::Value;
use tradewind_connectors::catalog::Catalog;
use tradewind_connectors::events::OWN_EVENTS;
use tradewind_engine::ids::{ActionId, ProviderId};
use tradewind_engine::workflows::Vocabulary;

/// The words that a workflow may use.
pub struct CatalogWords<'a>(pub &'a Catalog);

impl Vocabulary for CatalogWords<'_> {
    fn events(&self) -> Vec<&str> {
        let names = self.0.events.iter().map(|event| event.name);
        names.filter(|name| *name != OWN_EVENTS).collect()
    }

    fn event_schema(&self, event: &str) -> Option<&Value> {
        self.0.event(event).map(|event| &*event.schema)
    }

    fn actions(&self) -> Vec<&str> {
        self.0.actions.iter().map(|action| action.id.as_str()).collect()
    }

    fn action_input(&self, action: &ActionId) -> Option<&Value> {
        self.0.action(action.as_str()).map(|action| &action.input)
    }

    fn action_output(&self, action: &ActionId) -> Option<&Value> {
        self.0.action(action.as_str()).map(|action| &action.output)
    }

    fn serves(&self, action: &ActionId, provider: &ProviderId) -> bool {
        self.0
            .action(action.as_str())
            .is_some_and(|action| action.implementation(provider.as_str()).is_some())
    }

    fn providers_of(&self, action: &ActionId) -> Vec<&str> {
        self.0.action(action.as_str()).map_or_else(Vec::new, |action| action.providers().collect())
    }

    fn emits(&self, provider: &ProviderId, event: &str) -> bool {
        let endpoint = self.0.provider(provider.as_str()).and_then(|provider| provider.trigger);
        endpoint.is_some_and(|endpoint| endpoint.topics.iter().any(|topic| topic.event == event))
    }
}
