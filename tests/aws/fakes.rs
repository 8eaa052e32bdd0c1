//! Stand-ins for the services outside: the files of the local tests.

#[path = "../it/fakes/answer.rs"]
mod answer;
#[path = "../it/fakes/request.rs"]
mod request;
#[path = "../it/fakes/sendgrid.rs"]
pub(crate) mod sendgrid;
#[path = "../it/fakes/server.rs"]
mod server;
#[path = "../it/fakes/services.rs"]
mod services;

pub(crate) use answer::Answer;
pub(crate) use request::Seen;
pub(crate) use server::FakeServer;
pub(crate) use services::{Happened, Services};
