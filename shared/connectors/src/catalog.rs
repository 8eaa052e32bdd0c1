//! Everything there is: the one place that joins contracts and providers.
//!
//! Invariant: a contract does not know who fulfils it, and a provider knows no other provider.
//! Invariant: who fulfils an action is found while this is compiled, so that a program that serves a
//! single [`action`] links no other action's providers.

use crate::action::{Action, Fulfilment};
use crate::contract::Contract;
use crate::contracts::{
    ChatPost, ContactUpsert, EmailSend, EventTrack, HttpRequest, NewsletterSubscribe,
    NewsletterUnsubscribe, OrderApprove, OrderExport, OrderGet, SheetAppendRow, SmsSend,
    WebhookSend,
};
use crate::described::trigger::faults;
use crate::described::{Described, DescribedFile, authenticators};
use crate::events::{self, EventKind, OWN_EVENTS};
use crate::provider::{BuiltIn, Provider};
use crate::providers::{
    commercelayer, csv, google_sheets, http, outgoing_webhook, sandbox, smtp, webhook,
};
use serde_json::Value;
use std::sync::Arc;
use tradewind_engine::descriptions::{Authenticator, Contracts, Trigger};
use tradewind_engine::events::is_own_name;
use tradewind_engine::ids::ActionId;
use tradewind_engine::problems::Problem;

/// Who is written in Rust, each with what it does.
const BUILT_IN: &[(&str, &BuiltIn, &[Fulfilment])] = &[
    ("commercelayer", &commercelayer::PROVIDER, commercelayer::ACTIONS),
    ("csv", &csv::PROVIDER, csv::ACTIONS),
    ("google_sheets", &google_sheets::PROVIDER, google_sheets::ACTIONS),
    ("http", &http::PROVIDER, http::ACTIONS),
    ("outgoing_webhook", &outgoing_webhook::PROVIDER, outgoing_webhook::ACTIONS),
    ("smtp", &smtp::PROVIDER, smtp::ACTIONS),
    ("webhook", &webhook::PROVIDER, webhook::ACTIONS),
];

/// Who is described by a file, each with what it does: one for each file in the folder. A program that takes the
/// webhooks of one of them names its file, and links no other.
pub mod files {
    use crate::described::DescribedFile;

    include!(concat!(env!("OUT_DIR"), "/files.rs"));
}
use files::FILES;

/// All contracts, events and providers.
#[derive(Clone)]
pub struct Catalog {
    /// What can be done.
    pub actions: Vec<Action>,
    /// What can happen.
    pub events: Vec<Arc<EventKind>>,
    /// Who does it and who tells of it, by id; the sandbox is the last.
    pub providers: Vec<Arc<Provider>>,
}

/// The ids of its actions, for programs that serve one of them and send to the others.
const ACTION_IDS: [&str; 13] = [
    EmailSend::ID,
    SheetAppendRow::ID,
    OrderGet::ID,
    OrderApprove::ID,
    ChatPost::ID,
    SmsSend::ID,
    ContactUpsert::ID,
    NewsletterSubscribe::ID,
    NewsletterUnsubscribe::ID,
    EventTrack::ID,
    OrderExport::ID,
    HttpRequest::ID,
    WebhookSend::ID,
];

/// The action whose queue and function those of a project's own share, which come after there are functions.
pub const FOR_OWN_ACTIONS: &str = HttpRequest::ID;

/// The action of the catalog whose queue and function that one has: the action itself, or [`FOR_OWN_ACTIONS`].
pub fn served_with(action: &str) -> &str {
    if ACTION_IDS.contains(&action) { action } else { FOR_OWN_ACTIONS }
}

/// The whole catalog.
pub fn catalog() -> Catalog {
    let built_in = BUILT_IN.iter().map(|(_, provider, _)| Arc::clone(provider));
    let described = FILES.iter().map(|(_, _, file)| file.provider().clone());
    let mut providers: Vec<_> = built_in.chain(described).collect();
    providers.sort_by(|one, other| one.id.cmp(&other.id));
    providers.push(sandbox::PROVIDER.clone());
    Catalog {
        actions: vec![
            action::<EmailSend>(),
            action::<SheetAppendRow>(),
            action::<OrderGet>(),
            action::<OrderApprove>(),
            action::<ChatPost>(),
            action::<SmsSend>(),
            action::<ContactUpsert>(),
            action::<NewsletterSubscribe>(),
            action::<NewsletterUnsubscribe>(),
            action::<EventTrack>(),
            action::<OrderExport>(),
            action::<HttpRequest>(),
            action::<WebhookSend>(),
        ],
        events: events::all().into_iter().map(Arc::new).collect(),
        providers,
    }
}

/// The file that describes the provider of that id, as it is written.
pub fn file_of(provider: &str) -> Option<&'static str> {
    FILES.iter().find(|(id, ..)| *id == provider).map(|(_, _, file)| file.source())
}

/// A contract with everybody who fulfils it; the sandbox fulfils all.
pub fn action<C: Contract>() -> Action {
    let mut found: Vec<(&str, Fulfils)> = Vec::new();
    let built_in = const { find_built_in(C::ID) };
    found.extend(built_in.into_iter().flatten().map(|(id, made)| (id, Fulfils::BuiltIn(made))));
    let described = const { find_files(C::ID) };
    found.extend(described.into_iter().flatten().map(|(id, file)| (id, Fulfils::File(file))));
    found.sort_by_key(|(id, _)| *id);
    let action = found.into_iter().fold(Action::of::<C>(), |action, (id, by)| match by {
        Fulfils::BuiltIn((_, made)) => action.by_whom(id, made),
        Fulfils::File(file) => {
            let output_type = action.output_type();
            action.by_whom(id, || file.implementation(C::ID, output_type))
        }
    });
    action.by(sandbox::implementation::<C>())
}

/// Whether a file of the catalog describes the provider of that id.
pub fn has_file(id: &str) -> bool {
    FILES.iter().any(|(name, ..)| *name == id)
}

/// How somebody fulfils an action.
#[derive(Clone, Copy)]
enum Fulfils {
    BuiltIn(Fulfilment),
    File(&'static DescribedFile),
}

/// At each provider's place how it fulfils the action of that id, if it does.
const fn find_built_in(id: &str) -> [Option<(&'static str, Fulfilment)>; BUILT_IN.len()] {
    let mut found = [None; BUILT_IN.len()];
    let mut provider = 0;
    while provider < BUILT_IN.len() {
        let (name, _, actions) = BUILT_IN[provider];
        let mut action = 0;
        while action < actions.len() {
            if is_same(actions[action].0, id) {
                found[provider] = Some((name, actions[action]));
            }
            action += 1;
        }
        provider += 1;
    }
    found
}

/// At each file's place the file, if it says how to do the action of that id.
const fn find_files(id: &str) -> [Option<(&'static str, &'static DescribedFile)>; FILES.len()] {
    let mut found = [None; FILES.len()];
    let mut file = 0;
    while file < FILES.len() {
        let (name, actions, described) = FILES[file];
        let mut action = 0;
        while action < actions.len() {
            if is_same(actions[action], id) {
                found[file] = Some((name, described));
            }
            action += 1;
        }
        file += 1;
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
    /// The catalog with these providers too, where it has none of their names, and with the actions that only they
    /// have.
    #[must_use]
    pub fn with(&self, described: &[Described]) -> Self {
        let mut whole = self.clone();
        let mut own = Vec::new();
        for by in described.iter().filter(|by| self.provider(&by.provider().id).is_none()) {
            for action in &mut whole.actions {
                if let Some(implementation) = action.described(by) {
                    *action = action.clone().by(implementation);
                }
            }
            own.extend(by.own_actions());
            whole.providers.push(by.provider().clone());
        }
        own.retain(|action| self.action(action.id.as_str()).is_none());
        whole.actions.extend(own);
        whole
    }

    /// The action of that id.
    pub fn action(&self, id: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.id.as_str() == id)
    }

    /// The provider of that id.
    pub fn provider(&self, id: &str) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// The event of that name; all of a project's own are one.
    pub fn event(&self, name: &str) -> Option<&EventKind> {
        let name = if is_own_name(name) { OWN_EVENTS } else { name };
        self.events.iter().find(|event| event.name == name).map(|event| &**event)
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
        let names = self.events.iter().map(|event| event.name);
        names.filter(|name| events::canonical(name).is_some()).collect()
    }

    fn event_schema(&self, event: &str) -> Option<&Value> {
        events::data_schema(event)
    }

    fn not_done(&self, trigger: &Trigger) -> Vec<Problem> {
        faults(trigger)
    }

    fn authenticators(&self) -> Vec<Authenticator> {
        authenticators()
    }

    fn verifiers(&self) -> Vec<&str> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{ACTION_IDS, BUILT_IN, FILES, catalog, is_same, served_with};
    use std::collections::BTreeSet;
    use tradewind_engine::descriptions::{check, not_carried};

    #[test]
    fn whatever_a_provider_names_is_an_action_that_it_fulfils() {
        let catalog = catalog();
        let built_in = BUILT_IN.iter().map(|(id, provider, actions)| {
            assert_eq!(provider.id, *id);
            (*id, actions.iter().map(|(action, _)| *action).collect::<Vec<_>>())
        });
        let described = FILES.iter().map(|(id, actions, _)| (*id, actions.to_vec()));
        for (provider, actions) in built_in.chain(described) {
            let ids: BTreeSet<&str> = actions.iter().copied().collect();
            assert_eq!(ids.len(), actions.len(), "{provider} names none twice");
            for id in ids {
                let action = catalog.action(id).unwrap_or_else(|| panic!("{id} is in no list"));
                assert!(action.implementation(provider).is_some(), "{id} by {provider}");
            }
        }
    }

    #[test]
    fn every_action_has_its_own_worker_and_those_of_projects_share_one() {
        let catalog = catalog();
        let ids: Vec<&str> = catalog.actions.iter().map(|action| action.id.as_str()).collect();
        assert_eq!(ids, ACTION_IDS);
        assert!(ids.iter().all(|id| served_with(id) == *id));
        for own in ["acme.create_ticket", "email.sends", "", "email"] {
            assert_eq!(served_with(own), "http.request", "{own}");
        }
    }

    #[test]
    fn a_file_is_found_by_its_provider_and_by_each_of_its_actions() {
        for (id, actions, file) in FILES {
            let description = file.description();
            assert_eq!(description.provider.as_str(), *id, "the file has the provider's name");
            let own: Vec<&str> = description.actions.iter().map(|one| one.id.as_str()).collect();
            assert_eq!(own, *actions, "{id}");
        }
    }

    #[test]
    fn every_file_fits_the_contracts() {
        let catalog = catalog();
        for (id, _, file) in FILES {
            assert_eq!(check(file.description(), &catalog), [], "{id}");
        }
    }

    /// What a file leaves unsent of a contract's input; those that send everything are not here.
    const NOT_CARRIED: [(&str, &str, &[&str]); 4] = [
        ("klaviyo", "newsletter.subscribe", &["first_name", "last_name", "language"]),
        ("mailgun", "email.send", &["attachments"]),
        ("pipedrive", "contact.upsert", &["company", "language"]),
        ("salesforce", "contact.upsert", &["company", "language"]),
    ];

    #[test]
    fn every_file_tells_which_fields_it_does_not_send() {
        let catalog = catalog();
        let mut found = Vec::new();
        for (id, _, file) in FILES {
            let description = file.description();
            for action in description.actions.iter().filter(|action| action.own.is_none()) {
                let input = &catalog.action(action.id.as_str()).unwrap().input;
                let left = not_carried(action, &description.parts, input);
                let required = input["required"].as_array().into_iter().flatten();
                let mut required = required.filter_map(|name| name.as_str());
                let lost = required.find(|name| left.iter().any(|field| field == name));
                assert_eq!(lost, None, "{id}: {} means nothing without it", action.id);
                if !left.is_empty() {
                    found.push((*id, action.id.as_str().to_owned(), left));
                }
            }
        }
        let there = NOT_CARRIED.iter().filter(|(id, ..)| FILES.iter().any(|(name, ..)| name == id));
        let expected = there.map(|(id, action, fields)| {
            let fields: Vec<_> = fields.iter().copied().map(str::to_owned).collect();
            (*id, (*action).to_owned(), fields)
        });
        assert_eq!(found, expected.collect::<Vec<_>>());
    }

    #[test]
    fn texts_are_the_same_to_the_last_letter() {
        assert!(is_same("order.get", "order.get") && is_same("", ""));
        for other in ["order.ge", "order.gets", "order.set", ""] {
            assert!(!is_same("order.get", other) && !is_same(other, "order.get"), "{other}");
        }
    }
}
