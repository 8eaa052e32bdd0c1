//! The admin API: what people and programs see and change of a running Tradewind, over HTTP with a
//! bearer token. The OpenAPI document is made from this code and served at `/api/openapi.json`.
//!
//! Invariant: everything but that document needs the token, and no answer holds a secret.

mod api;
mod errors;
mod gate;
mod idempotency;
mod request;
mod router;
mod routes;
pub mod types;

pub use api::Api;
pub use router::{openapi, router};
