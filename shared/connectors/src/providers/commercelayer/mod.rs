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
use crate::provider::{Address, Provider, RateLimit};
use crate::providers::answers::On500;
use std::time::Duration;

/// A 500 is among the documented errors, and no change is left half done.
/// <https://docs.commercelayer.io/core/errors>
const ON_500: On500 = On500::NothingDone;

/// Commerce Layer. Uncacheable resources such as orders allow 200 calls in 60 seconds from one
/// address, summed over all of them; half of that is ours, because the shop's other clients count
/// too (<https://docs.commercelayer.io/core/rate-limits>). In test mode the whole limit is 100.
pub static PROVIDER: Provider = Provider {
    id: "commercelayer",
    title: "Commerce Layer",
    documentation: "https://docs.commercelayer.io/core",
    settings: settings::schema,
    secrets: &["client_secret", "webhook_secret"],
    hosts: &["*.commercelayer.io"],
    addresses: &[
        Address {
            host: Some("{organization}.commercelayer.io"),
            settings: &["base_url"],
            secrets: &["client_secret"],
        },
        Address {
            host: Some("auth.commercelayer.io"),
            settings: &["auth_url"],
            secrets: &["client_secret"],
        },
    ],
    limit: Some(RateLimit { calls: 100, per: Duration::from_secs(60) }),
    concurrency: None,
    trigger: Some(&TRIGGER),
};

/// What it does.
pub const ACTIONS: &[Fulfilment] =
    &[(OrderGet::ID, orders::order_get), (OrderApprove::ID, orders::order_approve)];
