//! What the platform does for a shop, seen from outside: webhooks in, calls to services out, the admin
//! API beside it. Which runtime serves is the business of `crate::served`: these files also run on AWS,
//! see `tests/aws/features.rs`.

mod acting;
mod approval;
mod awaiting;
mod cancelling;
mod concurrency;
mod emit;
mod events;
mod failing;
mod flow;
mod fresh;
mod holding;
mod loops;
mod own_providers;
mod schedules;
mod shop;
mod steps;
mod stopped_items;
mod texts;
mod unknown;
mod versions;
