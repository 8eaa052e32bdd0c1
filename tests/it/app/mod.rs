//! The whole platform as a user runs it: a project folder, a started runtime, real HTTP.
//!
//! `Given` says what there is; `TestApp` is that, running; `Platform` is what can be seen of it from
//! outside. Waiting is always for something to become true, within a bound; time itself moves on with
//! `app.clock.pass(…)`.

mod answer;
mod clock;
mod command;
mod given;
mod hook;
mod large;
mod logs;
mod platform;
mod running;
mod state;
mod waiting;

pub(crate) use answer::Answered;
pub(crate) use clock::MovableClock;
pub(crate) use command::{Finished, finished, tradewind};
pub(crate) use given::Given;
pub(crate) use hook::{Hook, ORDER, order};
pub(crate) use large::large_order;
pub(crate) use logs::Logs;
pub(crate) use platform::Platform;
pub(crate) use running::TestApp;
pub(crate) use state::in_state;
