//! Commands that look at what happened. What they ask for changes nothing, but for starting an event or
//! a dead letter again.

pub(super) mod dead_letters;
pub(super) mod events;
pub(super) mod outbox;
pub(super) mod run;
pub(super) mod runs;
pub(super) mod status;
