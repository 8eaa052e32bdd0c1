//! Who gets in: tokens by name, each with a scope; the hosts that the API answers to; and what is seen
//! of those who stay outside.
//!
//! Invariant: a token is known by its digest only. Whoever is refused cannot tell how near they came,
//! nor which tokens there are.

mod grant;
mod grants;
mod hosts;
mod name;
mod strangers;
mod token;

pub use grant::{Grant, StoredGrant, StoredGrants};
pub use grants::{Grants, ReadableGrants};
pub use hosts::{HostName, NotAHost, OwnHosts};
pub use name::{NameError, TokenName};
pub use strangers::Strangers;
pub use token::{TokenDigest, new_token};

pub(crate) use grants::NoGrant;
pub(crate) use hosts::is_own_origin;
pub(crate) use strangers::Stranger;
