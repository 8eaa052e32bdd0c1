//! The local process when something around it is wrong, and what it tells people then.

mod alerts;
mod clock_steps;
mod outages;
mod redaction;
mod restarting;
mod schedules;
mod stalled;
mod starting;
