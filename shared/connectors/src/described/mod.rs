//! Providers that are described by a file: what a description says is done here, one request at a time.
//!
//! Invariant: what a description does not declare a success is none, and what it says nothing of is judged as
//! every provider's answers are. Invariant: before an expression sees an answer, the connection's secrets are
//! taken out of it.

mod answer;
mod auth;
mod call;
mod key;
mod request;
mod settings;
mod taken;

use crate::action::Implementation;
use crate::contract::Contract;
use crate::provider::Provider;
pub use taken::Taken;

use call::Described;
use std::sync::Arc;
use tradewind_engine::descriptions::{Auth, Description};
use tradewind_engine::effects::EffectClass;

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
    /// `provider` fulfils the contract as its description says.
    pub fn described<C: Contract>(
        provider: &'static Provider,
        description: &Arc<Description>,
    ) -> Result<Self, NotDescribed> {
        Self::described_with::<C>(provider, description, None)
    }

    /// The same, where what is taken of the description's ways and rules is kept.
    pub fn described_with<C: Contract>(
        provider: &'static Provider,
        description: &Arc<Description>,
        taken: Option<Arc<Taken>>,
    ) -> Result<Self, NotDescribed> {
        if matches!(description.auth, Some(Auth::OAuth(_) | Auth::Named { .. })) {
            return Err(NotDescribed::UnknownAuth);
        }
        let described = Described::of(description, C::ID, taken).ok_or(NotDescribed::NoAction)?;
        let described = Arc::new(described);
        let (class, lag) = (described.action().class, described.search_lag());
        let window = described.key_window();
        let asked = described.clone();
        let performed = Self::new(provider, class, move |cx, input: C::Input| {
            let described = described.clone();
            Box::pin(async move { described.perform::<C>(cx, input).await })
        });
        let performed = match class {
            EffectClass::Keyed => performed.key_window(window),
            _ => performed,
        };
        Ok(match class {
            EffectClass::Queryable => performed.ask(lag, move |cx, input: C::Input| {
                let asked = asked.clone();
                Box::pin(async move { asked.ask::<C>(cx, input).await })
            }),
            _ => performed,
        })
    }
}

#[cfg(test)]
mod tests;
