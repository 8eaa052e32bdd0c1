//! What is deployed to AWS, as it follows from the catalog: the generated parts of `template.yaml` and
//! of `functions/`, the rights of each function, and what all of it costs.
//!
//! Invariant: this crate describes and never acts; it knows no SDK.

pub mod bins;
pub mod cost;
pub mod drain;
pub mod function;
pub mod generated;
pub mod idle;
pub mod kinds;
pub mod naming;
pub mod plan;
pub mod ports;
pub mod prices;
pub mod requests;
pub mod resource;
pub mod role;
pub mod template;
