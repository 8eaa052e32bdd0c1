//! The use cases, over ports and catalog: what the Lambdas and the local process both do.
//!
//! Invariant: a use case takes exactly the ports that it needs, so that a function's ports are its
//! permissions.

pub mod alerts;
pub mod apply;
pub mod claiming;
mod commit;
pub mod connections;
pub mod deployed;
pub mod dispatch;
pub mod doers;
pub mod endpoints;
pub mod execute;
pub mod flow;
#[cfg(test)]
mod given;
mod heard;
pub mod jobs;
pub mod links;
mod listeners;
pub mod newer;
pub mod own_providers;
pub mod people;
pub mod receive;
pub mod schedules;
mod scrub;
pub mod sweep;
pub mod vocabulary;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handled {
    /// It was acknowledged or held, as the protocol decided.
    Settled,
    /// It shows again by itself: a port was unavailable, or somebody else is at work.
    Left(String),
    /// It makes no sense and belongs into the dead letters, with this reason.
    GiveUp(String),
}
