//! What the platform does for a shop, seen from outside: webhooks in, calls to services out, the admin
//! API beside it. Only `shop.rs` knows which runtime serves.

mod acting;
mod events;
mod failing;
mod shop;
mod steps;
mod texts;
mod unknown;
mod versions;
