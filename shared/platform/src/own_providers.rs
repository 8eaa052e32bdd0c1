//! The providers of the project's own, which are described by its files, and the actions that only they have.
//!
//! Invariant: the catalog's own come first: a project's file takes the place of none of them.

use std::sync::{Arc, OnceLock};
use tradewind_connectors::action::{Action, Implementation};
use tradewind_connectors::catalog::Catalog;
use tradewind_connectors::described::Described;
use tradewind_connectors::provider::Provider;
use tradewind_engine::definitions::ProviderFile;
use tradewind_engine::descriptions::Description;
use tradewind_engine::ids::ActionId;
use tradewind_engine::ports::Unavailable;

/// The provider of the catalog whose function takes the webhooks of the project's own, where each trigger endpoint is
/// a function: one of a provider that comes later is not there.
pub const OWN_TRIGGERS: &str = "webhook";

/// The providers of a project's own, ready to work with.
#[derive(Default)]
pub struct OwnProviders {
    described: Vec<Described>,
    /// Made when one is asked for first: what only receives links nothing of them.
    actions: OnceLock<Vec<Action>>,
}

impl OwnProviders {
    /// Those that these files describe.
    pub(crate) fn of(files: &[ProviderFile]) -> Result<Self, Unavailable> {
        let described = files.iter().map(|file| {
            let description = Description::of_stored(&file.source).map_err(|error| {
                Unavailable::new("definitions", format!("providers/{}.yaml: {error}", file.id))
            })?;
            Ok(Described::of_project(description))
        });
        let described: Vec<Described> = described.collect::<Result<_, Unavailable>>()?;
        Ok(Self { described, actions: OnceLock::new() })
    }

    /// The action of that id: one of those, or one that the project's own providers alone have.
    pub fn action<'a>(&'a self, actions: &'a [Action], id: &ActionId) -> Option<&'a Action> {
        let own = || self.described.iter().flat_map(Described::own_actions).collect();
        actions.iter().chain(self.actions.get_or_init(own)).find(|action| action.id == *id)
    }

    /// The provider of that id, in whichever letters: all ids are small ones.
    pub fn provider(&self, id: &str) -> Option<&Arc<Provider>> {
        self.providers().find(|provider| provider.id.eq_ignore_ascii_case(id))
    }

    /// All of them.
    pub fn providers(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.described.iter().map(Described::provider)
    }

    /// How that provider does the action.
    pub fn implementation(&self, action: &Action, provider: &str) -> Option<Implementation> {
        let own = || {
            let by = self.described.iter().find(|one| one.provider().id == provider)?;
            action.described(by)
        };
        action.implementation(provider).cloned().or_else(own)
    }

    /// The catalog with them in it.
    pub fn within(&self, catalog: &Catalog) -> Catalog {
        catalog.with(&self.described)
    }
}
