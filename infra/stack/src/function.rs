//! The functions there are: one for each trigger endpoint, one for each action, and three of the
//! platform. All of it follows from the catalog.

use crate::naming;
use crate::ports::Port;
use std::sync::Arc;
use tradewind_connectors::catalog::{Catalog, served_with};
use tradewind_connectors::provider::Provider;
use tradewind_engine::ids::ActionId;
use tradewind_engine::workflows::{APPROVAL_ACTIONS, FRESH_READ};

/// One function: a binary of its own, with a role of its own.
pub struct Function {
    /// The binary, such as `action-email-send`.
    pub bin: String,
    /// Its source below `functions/`, such as `actions/email_send.rs`.
    pub source: String,
    /// What it does.
    pub work: Work,
    /// It sends messages that tell people of approvals, and so makes links.
    pub asks_people: bool,
    /// It does steps that ask afresh of an order whether they are still wanted.
    pub asks_afresh: bool,
}

/// What a function does.
pub enum Work {
    /// Takes the webhooks of a provider.
    Trigger(Arc<Provider>),
    /// Does one action.
    Action(ActionId, Vec<Arc<Provider>>),
    /// Turns events into runs.
    Dispatch,
    /// Works on flow steps: waits and choices.
    Flow,
    /// Takes links, by which people decide approvals.
    Links,
    /// Once a minute: sees to runs that stand still, and to old data.
    Sweep,
    /// Serves the admin API.
    Api,
}

/// All functions of the catalog: triggers, actions, platform. Each can do all that workflows may ask of it.
pub fn functions(catalog: &Catalog) -> Vec<Function> {
    let triggers =
        catalog.providers.iter().filter(|provider| provider.trigger.is_some() && !provider.is_own);
    let triggers = triggers.map(|provider| {
        let bin = naming::trigger_bin(&provider.id);
        Function::new(bin, format!("triggers/{}.rs", provider.id), Work::Trigger(provider.clone()))
    });
    let actions = catalog.actions.iter().map(|action| {
        let bin = format!("action-{}", naming::hyphened(action.id.as_str()));
        let source = format!("actions/{}.rs", naming::in_code(&action.id));
        let providers = action.implementations().map(|one| one.provider.clone()).collect();
        Function {
            asks_people: APPROVAL_ACTIONS.contains(&action.id.as_str()),
            // The one that reads orders asks itself.
            asks_afresh: action.id.as_str() != FRESH_READ,
            ..Function::new(bin, source, Work::Action(action.id.clone(), providers))
        }
    });
    let platform = [
        ("dispatch", Work::Dispatch),
        ("flow", Work::Flow),
        ("links", Work::Links),
        ("sweep", Work::Sweep),
        ("api", Work::Api),
    ];
    let platform = platform.into_iter().map(|(name, work)| {
        Function::new(format!("platform-{name}"), format!("platform/{name}.rs"), work)
    });
    triggers.chain(actions).chain(platform).collect()
}

impl Function {
    fn new(bin: String, source: String, work: Work) -> Self {
        Self { bin, source, work, asks_people: false, asks_afresh: false }
    }

    /// Its name in the template, such as `ActionEmailSend`.
    pub fn logical(&self) -> String {
        naming::logical(&self.bin)
    }

    /// The action that it does.
    pub fn action(&self) -> Option<&str> {
        match &self.work {
            Work::Action(action, _) => Some(action.as_str()),
            _ => None,
        }
    }

    /// Whether it does that action, which may be one of a project's own.
    pub fn does(&self, action: &ActionId) -> bool {
        self.action() == Some(served_with(action.as_str()))
    }

    /// The provider whose webhooks it takes.
    pub fn trigger(&self) -> Option<&str> {
        match &self.work {
            Work::Trigger(provider) => Some(&provider.id),
            _ => None,
        }
    }

    /// The queue that feeds it, less prefix and stage.
    pub fn queue(&self) -> Option<String> {
        match &self.work {
            Work::Action(action, _) => Some(naming::hyphened(action.as_str())),
            Work::Dispatch => Some(naming::DISPATCH.to_owned()),
            Work::Flow => Some(naming::FLOW.to_owned()),
            Work::Trigger(_) | Work::Links | Work::Sweep | Work::Api => None,
        }
    }

    /// Whether it takes the webhooks of the project's own providers too.
    pub fn takes_own(&self) -> bool {
        self.trigger() == Some(naming::OWN_TRIGGERS)
    }

    /// The folder with the secrets of the project's own providers that it reads: of those whose actions it does, or
    /// whose webhooks it takes.
    pub fn own_secrets(&self) -> Option<String> {
        match self.work {
            Work::Trigger(_) if self.takes_own() => Some(self.bin.clone()),
            Work::Action(..) => self.queue(),
            _ => None,
        }
    }

    /// The ports of its use case, as `shared/platform` names them. What follows from them is in
    /// [`crate::ports`].
    pub fn ports(&self) -> Vec<Port> {
        let besides = [(self.asks_people, Port::LinkKeys), (self.asks_afresh, Port::FreshReads)];
        let besides = besides.into_iter().filter_map(|(asks, port)| asks.then_some(port));
        self.always().iter().copied().chain(besides).collect()
    }

    /// Those that it has whatever workflows ask of it.
    fn always(&self) -> &'static [Port] {
        use Port::*;
        match &self.work {
            // It tells people what a misspelled address should have been.
            Work::Trigger(_) if self.takes_own() => {
                &[Definitions, Secrets, Bus, NotedRefusals, Served]
            }
            Work::Trigger(_) => &[Definitions, Secrets, Bus, NotedRefusals],
            Work::Action(..) => {
                &[Queue, Definitions, Journal, Secrets, Tokens, Limits, Http, Outbox]
            }
            Work::Dispatch => &[Queue, Definitions, Journal, Marks, Holds, Envelopes],
            Work::Links => &[Deciding, LinkKeys],
            Work::Flow => &[Queue, Definitions, Journal, Marks, Holds, Slots],
            Work::Sweep => &[
                Definitions,
                Journal,
                Limits,
                Runs,
                Events,
                Outbox,
                Housekeeping,
                DeadLetters,
                Jobs,
                Schedules,
                Bus,
                Served,
            ],
            Work::Api => &[
                Definitions,
                Applying,
                Journal,
                Marks,
                Runs,
                Events,
                Outbox,
                DeadLetters,
                Jobs,
                Bus,
                Audit,
                Replies,
                NotedRefusals,
                Refusals,
                SeenSlots,
                Backlog,
                Standing,
                Served,
                ApiTokens,
            ],
        }
    }

    /// The providers whose secrets it reads.
    pub fn providers_with_secrets(&self) -> Vec<Arc<Provider>> {
        let providers = match &self.work {
            Work::Trigger(provider) => vec![provider.clone()],
            Work::Action(_, providers) => providers.clone(),
            Work::Dispatch | Work::Flow | Work::Links | Work::Sweep | Work::Api => Vec::new(),
        };
        providers.into_iter().filter(|provider| !provider.secrets.is_empty()).collect()
    }
}
