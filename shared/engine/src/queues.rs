//! The queues that wake-ups and events wait in.

use crate::ids::ActionId;

/// The queue that events wait in for being dispatched.
pub const DISPATCH_QUEUE: &str = "dispatch";
/// The queue of the flow steps: waits, and what decides where a run goes.
pub const FLOW_QUEUE: &str = "flow";

/// Where a wake-up goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    /// To whoever does the action.
    Action(ActionId),
    /// To whoever works on flow steps.
    Flow,
}

impl Queue {
    /// Its name: an action's id, or [`FLOW_QUEUE`], which none can be.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Action(action) => action.as_str(),
            Self::Flow => FLOW_QUEUE,
        }
    }
}
