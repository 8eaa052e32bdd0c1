//! Everything there is: the one place that joins contracts and providers.
//!
//! Invariant: a contract does not know who fulfils it, and a provider knows no other provider.

pub mod actions;

use crate::action::Action;
use crate::events::{self, EventKind};
use crate::provider::Provider;
use crate::providers;

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
            actions::email_send(),
            actions::sheet_append_row(),
            actions::order_get(),
            actions::order_approve(),
            actions::chat_post(),
        ],
        events: events::all(),
        providers: vec![
            &providers::commercelayer::PROVIDER,
            &providers::sendgrid::PROVIDER,
            &providers::postmark::PROVIDER,
            &providers::google_sheets::PROVIDER,
            &providers::csv::PROVIDER,
            &providers::slack::PROVIDER,
            &providers::webhook::PROVIDER,
            &providers::sandbox::PROVIDER,
        ],
    }
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

    /// The event of that name.
    pub fn event(&self, name: &str) -> Option<&EventKind> {
        self.events.iter().find(|event| event.name == name)
    }
}
