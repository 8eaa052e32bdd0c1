//! The HTTP face: webhooks come in at `/hooks`, and the admin API at `/api` is what people and programs
//! see and change of a running Tradewind, with bearer tokens. Its OpenAPI document is made from this
//! code and served at `/api/openapi.json`.
//!
//! Invariant: everything below `/api` but that document needs a token of a scope that each route names,
//! and no answer holds a secret.

pub mod access;
mod api;
mod by;
mod errors;
mod gate;
pub mod hooks;
mod idempotency;
pub mod links;
mod request;
mod router;
mod routes;
pub mod types;

pub use api::Api;
pub use router::{openapi, router};
