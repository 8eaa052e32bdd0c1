//! What strangers send to a running platform, and what comes of it: attacked over real connections and
//! read back through the real command.

mod crowd;
mod heads;
mod listener;
mod names;
mod plain;
mod printed;
mod refusals;
mod sizes;

pub(crate) use plain::check_plain;
