//! Providers that are described by a file: what a description says is done here, one request at a time.
//!
//! Invariant: what a description does not declare a success is none, and what it says nothing of is judged as
//! every provider's answers are. Invariant: before an expression sees an answer, the connection's secrets are
//! taken out of it.

mod answer;
mod auth;
mod authenticators;
mod call;
mod key;
mod own;
mod provider;
mod request;
mod settings;
mod taken;
pub(crate) mod trigger;

pub(crate) use authenticators::known as authenticators;
pub use taken::Taken;

use crate::action::{Cx, Implementation, OutputType};
use crate::provider::Provider;
use call::Call;
use serde_json::Value;
use std::sync::{Arc, OnceLock};
use tradewind_engine::descriptions::{Auth, Description};
use tradewind_engine::effects::EffectClass;

/// A provider that is described by a file of the catalog, read when it is needed first.
pub struct DescribedFile {
    source: &'static str,
    described: OnceLock<Described>,
}

/// A description, and the provider that it describes.
#[derive(Clone)]
pub struct Described {
    provider: Arc<Provider>,
    description: Arc<Description>,
}

impl Described {
    /// That description with its provider.
    pub fn of(description: Description) -> Self {
        let description = Arc::new(description);
        Self { provider: Arc::new(Provider::described(&description)), description }
    }

    /// The same of a project's own file: its hosts are not the provider's own but the author's, who is trusted with
    /// no secret. The operator has to allow them.
    pub fn of_project(description: Description) -> Self {
        let own = Self::of(description);
        let provider = Provider { hosts: Vec::new(), is_own: true, ..(*own.provider).clone() };
        Self { provider: Arc::new(provider), ..own }
    }

    /// The same where nobody is called: its hosts are the provider's own.
    #[must_use]
    pub fn for_fixtures(&self) -> Self {
        Self::of((*self.description).clone())
    }

    /// The provider.
    pub fn provider(&self) -> &Arc<Provider> {
        &self.provider
    }

    /// What its file says.
    pub fn description(&self) -> &Arc<Description> {
        &self.description
    }

    /// Reads a file of the catalog.
    ///
    /// # Panics
    ///
    /// Where it cannot be read, which a test finds.
    pub fn read(source: &str) -> Self {
        Self::of(Description::parse(source).expect("tests read every file"))
    }
}

impl DescribedFile {
    /// The file that says so.
    pub const fn new(source: &'static str) -> Self {
        Self { source, described: OnceLock::new() }
    }

    /// The file as it is written.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// The provider.
    pub fn provider(&self) -> &Arc<Provider> {
        &self.described().provider
    }

    /// What the file says.
    pub fn description(&self) -> &Arc<Description> {
        &self.described().description
    }

    fn described(&self) -> &Described {
        self.described.get_or_init(|| Described::read(self.source))
    }

    /// How it does the action of that id, which gives that.
    ///
    /// # Panics
    ///
    /// Where it does not, which a test finds.
    pub fn implementation(&self, action: &str, output_type: OutputType) -> Implementation {
        Implementation::described(self.provider(), self.description(), action, output_type)
            .expect("tests make every implementation")
    }
}

/// A description whose action cannot be done from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDescribed {
    /// It does not say how the action is done.
    #[error("the description has no such action")]
    NoAction,
    /// It proves who calls in a way that is not known here.
    #[error("the description proves who calls in a way that is not known here")]
    UnknownAuth,
}

impl Implementation {
    /// `provider` does the action of that id, which gives that, as its description says.
    pub fn described(
        provider: &Arc<Provider>,
        description: &Arc<Description>,
        action: &str,
        output_type: OutputType,
    ) -> Result<Self, NotDescribed> {
        Self::described_marking(provider, description, action, output_type, None)
    }

    /// The same; what it takes of the description's ways and rules is kept in `taken`.
    pub(crate) fn described_marking(
        provider: &Arc<Provider>,
        description: &Arc<Description>,
        action: &str,
        output_type: OutputType,
        taken: Option<Arc<Taken>>,
    ) -> Result<Self, NotDescribed> {
        if let Some(Auth::Named { name, .. }) = &description.auth
            && !authenticators().iter().any(|known| known.name == name)
        {
            return Err(NotDescribed::UnknownAuth);
        }
        let call = Call::of(description, action, output_type, taken);
        let call = Arc::new(call.ok_or(NotDescribed::NoAction)?);
        let (class, lag) = (call.action().class, call.search_lag());
        let window = call.key_window();
        let asked = call.clone();
        let performed = Self::new(provider, class, move |cx: &Cx<'_>, input: Value| {
            let call = call.clone();
            Box::pin(async move { call.perform(cx, input).await })
        });
        let performed = match class {
            EffectClass::Keyed => performed.key_window(window),
            _ => performed,
        };
        let performed = performed.by_file(description, action);
        Ok(match class {
            EffectClass::Queryable => performed.ask(lag, move |cx: &Cx<'_>, input: Value| {
                let asked = asked.clone();
                Box::pin(async move { asked.ask(cx, input).await })
            }),
            _ => performed,
        })
    }
}

#[cfg(test)]
mod tests;
