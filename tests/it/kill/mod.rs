//! The real process, killed at any moment: what it accepted is taken up again by the next one.
//!
//! Invariant: only processes that these tests started are ever ended.

mod at_work;
mod loops;
mod orders;
mod process;
mod schedules;
mod shop;
mod stopped;
mod storm;
mod waiting;
