//! Checking a description against the contracts and events there are, and against itself.
//!
//! Invariant: what was checked loses no key, moves no secret and names no host from data, whatever the data are.

mod actions;
mod addresses;
mod carried;
mod claims;
mod forms;
mod requests;
mod roots;
mod trigger;

pub use carried::not_carried;

use super::{Authenticator, Description, Trigger};
use crate::ids::ActionId;
use crate::problems::Problem;
use forms::Forms;
use roots::Schemas;
use serde_json::Value;

/// What a description can name that stands elsewhere. Schemas are JSON schemas as schemars makes them.
pub trait Contracts {
    /// The ids of all contracts.
    fn actions(&self) -> Vec<&str>;
    /// The schema of the input of a contract.
    fn action_input(&self, action: &ActionId) -> Option<&Value>;
    /// The schema of what a contract gives.
    fn action_output(&self, action: &ActionId) -> Option<&Value>;
    /// The names of all events.
    fn events(&self) -> Vec<&str>;
    /// The schema of an event's data.
    fn event_schema(&self, event: &str) -> Option<&Value>;
    /// The authenticators that are written in Rust.
    fn authenticators(&self) -> Vec<Authenticator>;
    /// The names of the verifiers that are written in Rust.
    fn verifiers(&self) -> Vec<&str>;
    /// What a trigger asks for and nobody does.
    fn not_done(&self, _: &Trigger) -> Vec<Problem> {
        Vec::new()
    }
}

/// Everything that is wrong with a description that could be read.
pub fn check(description: &Description, contracts: &dyn Contracts) -> Vec<Problem> {
    let schemas = Schemas::of(description);
    let mut check = Check { description, contracts, schemas: &schemas, problems: Vec::new() };
    check.addresses();
    check.parts();
    check.headers();
    check.credentials();
    for action in &description.actions {
        check.action(action);
        check.claims(action);
        check.requests(action);
    }
    if let Some(trigger) = &description.trigger {
        check.trigger(trigger);
    }
    let mut problems = check.problems;
    problems.sort_by_key(|problem| problem.place);
    // What ways have in common is looked at in each of them.
    problems.dedup();
    problems
}

struct Check<'a> {
    description: &'a Description,
    contracts: &'a dyn Contracts,
    schemas: &'a Schemas,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn forms(&self) -> Forms<'a> {
        Forms { parts: &self.description.parts }
    }
}
