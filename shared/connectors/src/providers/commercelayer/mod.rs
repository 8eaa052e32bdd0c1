//! Commerce Layer, the commerce platform: its webhooks, and what can be done to its orders.
//!
//! Invariant: the access token is shared through the [`Tokens`] port and never renewed by two at once.
//!
//! <https://docs.commercelayer.io/core>
//!
//! [`Tokens`]: tradewind_engine::ports::Tokens

mod api;
mod document;
mod mapping;
mod orders;
mod settings;
mod states;
mod tokens;
mod trigger;

pub use trigger::TRIGGER;

use crate::action::Fulfilment;
use crate::contract::Contract;
use crate::contracts::{OrderApprove, OrderGet};
use crate::provider::{Address, BuiltIn, Provider, RateLimit, owned};
use crate::providers::answers::On500;
use std::sync::Arc;
use std::time::Duration;

/// A 500 is among the documented errors, and no change is left half done.
/// <https://docs.commercelayer.io/core/errors>
const ON_500: On500 = On500::NothingDone;

/// Commerce Layer. Uncacheable resources such as orders allow 200 calls in 60 seconds from one
/// address, summed over all of them; half of that is ours, because the shop's other clients count
/// too (<https://docs.commercelayer.io/core/rate-limits>). In test mode the whole limit is 100.
pub static PROVIDER: BuiltIn = BuiltIn::new(|| {
    let provider =
        Provider::plain("commercelayer", "Commerce Layer", "https://docs.commercelayer.io/core");
    Arc::new(Provider {
        settings: Arc::new(settings::schema),
        secrets: owned(&["client_secret", "webhook_secret"]),
        hosts: owned(&["*.commercelayer.io"]),
        addresses: vec![
            Address::new(
                Some("{organization}.commercelayer.io"),
                &["base_url"],
                &["client_secret"],
            ),
            Address::new(Some("auth.commercelayer.io"), &["auth_url"], &["client_secret"]),
        ],
        limit: Some(RateLimit { calls: 100, per: Duration::from_secs(60) }),
        trigger: Some(Arc::new(TRIGGER)),
        ..provider
    })
});

/// What it does.
pub const ACTIONS: &[Fulfilment] =
    &[(OrderGet::ID, orders::order_get), (OrderApprove::ID, orders::order_approve)];
