//! Stand-ins for what is outside: services over real HTTP, and time that stands still.

mod answer;
mod request;
pub(crate) mod sendgrid;
mod server;
mod services;
mod still;

pub(crate) use answer::Answer;
pub(crate) use request::Seen;
pub(crate) use server::FakeServer;
pub(crate) use services::Services;
pub(crate) use still::{CountingIds, StillClock};
