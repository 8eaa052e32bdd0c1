//! The local process when something around it is wrong, and what it tells people then.

mod alerts;
mod outages;
mod redaction;
mod restarting;
mod stalled;
mod starting;
