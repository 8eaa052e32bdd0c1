//! Tests over the parts put together. One target, so that there is one binary to link.

#![expect(clippy::unwrap_used, reason = "a helper that finds no answer fails its test")]

mod access;
mod api;
mod app;
mod canary;
mod command;
mod conformance;
mod fakes;
mod features;
mod fuzz;
mod guard;
mod hooks;
mod inputs;
mod kill;
mod local;
mod machine;
mod pages;
mod ports;
mod process;
mod security_page;
mod served;
mod stack;
mod supply;
mod surface;
mod tidy;
