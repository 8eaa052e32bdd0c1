//! Who does it and who tells of it, where a file cannot say so: one file or folder for each provider, and
//! [`answers`], what all of them make of a provider's answer.
//!
//! Invariant: no provider names another one.

pub mod answers;
pub mod commercelayer;
pub mod csv;
pub mod google_sheets;
pub mod http;
mod idempotency;
pub(crate) mod oauth;
pub mod outgoing_webhook;
pub(crate) mod requests;
pub mod sandbox;
pub mod smtp;
pub mod webhook;
