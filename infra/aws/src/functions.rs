//! The Lambda entry points: one for each kind of function. Each says, by what it takes from [`Parts`],
//! which ports its use case needs; its role in template.yaml allows exactly these.
//!
//! Invariant: a function that serves one action or one trigger endpoint is given that one, and never
//! names the catalog, so that nothing else is linked into it.

mod action;
mod api;
mod batch;
mod dispatch;
mod files;
mod flow;
mod links;
mod parts;
mod secrets;
mod start;
mod sweep;
mod trigger;

use parts::Parts;
use start::start;
use std::process::ExitCode;
use std::sync::Arc;
use tradewind_connectors::action::Action;
use tradewind_connectors::provider::Provider;

/// Takes the webhooks of that provider.
pub fn trigger(provider: &Arc<Provider>) -> ExitCode {
    start(async |parts| trigger::serve(parts, provider).await)
}

/// Works on the steps that use that action.
pub fn action(action: Action) -> ExitCode {
    start(async |parts| action::serve(&parts, action).await)
}

/// Gives events to the workflows that wait for them.
pub fn dispatch() -> ExitCode {
    start(async |parts| dispatch::serve(&parts).await)
}

/// Works on flow steps.
pub fn flow() -> ExitCode {
    start(async |parts| flow::serve(&parts).await)
}

/// Takes links, by which people decide approvals.
pub fn links() -> ExitCode {
    start(async |parts| links::serve(parts).await)
}

/// Sees to runs that stand still, letters and old data, once a minute.
pub fn sweep() -> ExitCode {
    start(async |parts| sweep::serve(&parts).await)
}

/// Serves the admin API.
pub fn api() -> ExitCode {
    start(async |parts| api::serve(&parts).await)
}
