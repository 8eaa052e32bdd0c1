//! Commands for secrets and tokens. For a stage they print what does it, because its API reads and writes
//! none of them.

mod stage;

pub(super) mod secret;
pub(super) mod token;
