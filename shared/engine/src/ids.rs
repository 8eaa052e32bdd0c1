//! Identifiers. Each is an opaque text in a type of its own, so that a run's id can never be passed
//! where an event's is meant.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self { Self(text.to_owned()) }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self { Self(text) }
        }
    )*};
}

ids! {
    /// A workflow: its path below `workflows/` without `.yaml`.
    WorkflowId;
    /// A workflow working on one event.
    RunId;
    /// One thing that happened; the same delivery always gives the same id.
    EventId;
    /// Work on many runs that goes on by itself.
    JobId;
    /// A configured account at a provider, by the name it has in tradewind.yaml.
    ConnectionName;
    /// A service we talk to, such as `commercelayer`.
    ProviderId;
    /// A contract in use, such as `email.send`.
    ActionId;
    /// A step within a run: `confirm`, inside a loop `each[17].label`, after a failure `on_failure[0]`.
    StepPath;
    /// A worker's claim of a step: random for every message that it answers with one, so that it knows
    /// its own claim again when the answer was lost.
    ClaimId;
}
