//! What a workflow can name: the events and actions there are, and who sends and does them.

use super::Step;
use crate::ids::{ActionId, ProviderId};
use serde_json::Value;

/// The events and actions there are. Schemas are JSON schemas as schemars makes them.
pub trait Vocabulary {
    /// All events.
    fn events(&self) -> Vec<&str>;
    /// The schema of what stands below `trigger` for an event.
    fn event_schema(&self, event: &str) -> Option<&Value>;
    /// All actions.
    fn actions(&self) -> Vec<&str>;
    /// The schema of an action's `with`.
    fn action_input(&self, action: &ActionId) -> Option<&Value>;
    /// The schema of what stands below `steps.<id>` after an action, besides `status`.
    fn action_output(&self, action: &ActionId) -> Option<&Value>;
    /// The same of one step, where it says itself what it gives.
    fn step_output(&self, _step: &Step) -> Option<&Value> {
        None
    }
    /// Whether a provider can do an action.
    fn serves(&self, action: &ActionId, provider: &ProviderId) -> bool;
    /// The providers that can do an action.
    fn providers_of(&self, action: &ActionId) -> Vec<&str>;
    /// Whether a provider sends an event.
    fn emits(&self, provider: &ProviderId, event: &str) -> bool;
}
