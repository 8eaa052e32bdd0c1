//! Contracts of the project's own.

use crate::problems::Place;
use serde_json::Value;

/// The contract of an action that only this provider has.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnContract {
    /// Where its input stands.
    pub place: Place,
    /// The schema of its input.
    pub input: Value,
    /// The schema of what it gives.
    pub output: Value,
}
