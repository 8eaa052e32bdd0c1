//! Everything there is: the one place that joins contracts and providers.
//!
//! Invariant: a contract does not know who fulfils it, and a provider knows no other provider.
//! Invariant: who fulfils an action is found while this is compiled, so that a program that serves a
//! single [`action`] links no other action's providers.

use crate::action::{Action, Fulfilment};
use crate::contract::Contract;
use crate::contracts::{ChatPost, EmailSend, OrderApprove, OrderGet, SheetAppendRow};
use crate::events::{self, EventKind, OWN_EVENTS};
use crate::provider::Provider;
use crate::providers::{
    commercelayer, csv, google_sheets, postmark, sandbox, sendgrid, slack, webhook,
};
use serde_json::Value;
use tradewind_engine::descriptions::Contracts;
use tradewind_engine::events::is_own_name;
use tradewind_engine::ids::ActionId;

/// Who there is, each with what it does. Of two that do the same, the first is offered first.
const PROVIDERS: &[(&Provider, &[Fulfilment])] = &[
    (&commercelayer::PROVIDER, commercelayer::ACTIONS),
    (&sendgrid::PROVIDER, sendgrid::ACTIONS),
    (&postmark::PROVIDER, postmark::ACTIONS),
    (&google_sheets::PROVIDER, google_sheets::ACTIONS),
    (&csv::PROVIDER, csv::ACTIONS),
    (&slack::PROVIDER, slack::ACTIONS),
    (&webhook::PROVIDER, webhook::ACTIONS),
    (&sandbox::PROVIDER, sandbox::ACTIONS),
];

/// All contracts, events and providers.
pub struct Catalog {
    /// What can be done.
    pub actions: Vec<Action>,
    /// What can happen.
    pub events: Vec<EventKind>,
    /// Who does it and who tells of it.
    pub providers: Vec<&'static Provider>,
}

/// The whole catalog.
pub fn catalog() -> Catalog {
    Catalog {
        actions: vec![
            action::<EmailSend>(),
            action::<SheetAppendRow>(),
            action::<OrderGet>(),
            action::<OrderApprove>(),
            action::<ChatPost>(),
        ],
        events: events::all(),
        providers: PROVIDERS.iter().map(|(provider, _)| *provider).collect(),
    }
}

/// A contract with everybody who fulfils it; the sandbox fulfils all.
pub fn action<C: Contract>() -> Action {
    let found = const { find_fulfilments(C::ID) };
    let found = found.into_iter().flatten().map(|(_, implementation)| implementation());
    let action = found.fold(Action::of::<C>(), Action::by);
    action.by(sandbox::implementation::<C>())
}

/// At each provider's place how it fulfils the action of that id, if it does.
const fn find_fulfilments(id: &str) -> [Option<Fulfilment>; PROVIDERS.len()] {
    let mut found = [None; PROVIDERS.len()];
    let mut provider = 0;
    while provider < PROVIDERS.len() {
        let actions = PROVIDERS[provider].1;
        let mut action = 0;
        while action < actions.len() {
            if is_same(actions[action].0, id) {
                found[provider] = Some(actions[action]);
            }
            action += 1;
        }
        provider += 1;
    }
    found
}

/// `==`, which the compiler cannot work out for texts.
const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

impl Catalog {
    /// The action of that id.
    pub fn action(&self, id: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.id.as_str() == id)
    }

    /// The provider of that id.
    pub fn provider(&self, id: &str) -> Option<&'static Provider> {
        self.providers.iter().copied().find(|provider| provider.id == id)
    }

    /// The event of that name; all of a project's own are one.
    pub fn event(&self, name: &str) -> Option<&EventKind> {
        let name = if is_own_name(name) { OWN_EVENTS } else { name };
        self.events.iter().find(|event| event.name == name)
    }
}

/// What a provider's file is checked against.
impl Contracts for Catalog {
    fn actions(&self) -> Vec<&str> {
        self.actions.iter().map(|action| action.id.as_str()).collect()
    }

    fn action_input(&self, action: &ActionId) -> Option<&Value> {
        self.action(action.as_str()).map(|action| &action.input)
    }

    fn action_output(&self, action: &ActionId) -> Option<&Value> {
        self.action(action.as_str()).map(|action| &action.output)
    }

    fn events(&self) -> Vec<&str> {
        self.events.iter().map(|event| event.name).collect()
    }

    fn event_schema(&self, event: &str) -> Option<&Value> {
        self.event(event).map(|event| &*event.schema)
    }

    fn authenticators(&self) -> Vec<&str> {
        Vec::new()
    }

    fn verifiers(&self) -> Vec<&str> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{PROVIDERS, catalog, is_same};
    use std::collections::BTreeSet;

    #[test]
    fn whatever_a_provider_names_is_an_action_that_it_fulfils() {
        let catalog = catalog();
        for (provider, actions) in PROVIDERS {
            let ids: BTreeSet<&str> = actions.iter().map(|(id, _)| *id).collect();
            assert_eq!(ids.len(), actions.len(), "{} names none twice", provider.id);
            for id in ids {
                let action = catalog.action(id).unwrap_or_else(|| panic!("{id} is in no list"));
                assert!(action.implementation(provider.id).is_some(), "{id} by {}", provider.id);
            }
        }
    }

    #[test]
    fn texts_are_the_same_to_the_last_letter() {
        assert!(is_same("order.get", "order.get") && is_same("", ""));
        for other in ["order.ge", "order.gets", "order.set", ""] {
            assert!(!is_same("order.get", other) && !is_same(other, "order.get"), "{other}");
        }
    }
}
