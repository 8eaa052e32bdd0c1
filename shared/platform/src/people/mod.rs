//! What people do with runs, workflows and events: one file for each verb.
//!
//! Invariant: whatever a person does is a decision of the protocol or a change of what was applied, made under
//! the same conditions as everything else; it never writes past them.

pub mod acting;
pub mod again;
mod branches;
pub mod cancel;
pub mod decide;
pub mod dismiss;
pub mod pause;
pub mod redrive;
pub mod replay;
pub mod resolve;
pub mod trigger;

pub use acting::{Acting, NotDone};
pub use again::again;
pub use branches::{branches_in_sight, waiting_record};
pub use cancel::cancel;
pub use decide::{Deciding, approve, decide};
pub use dismiss::dismiss;
pub use pause::pause;
pub use redrive::redrive;
pub use replay::{replay, replay_step};
pub use resolve::resolve;
pub use trigger::{trigger, trigger_as};
