//! Keeping below what a provider allows, and away from a connection that is down: the arithmetic, which every
//! runtime shares. Stores only keep its state.
//!
//! Invariant: nothing that is remembered holds a connection back for longer than the provider asked
//! for or the breaker may; a state left by a clock that ran ahead, or by a call whose end was never
//! reported, wears off by itself.

mod breaker;
mod bucket;
mod call;
mod concurrency;
mod connection;
mod quiet;
#[cfg(test)]
mod tests;

pub use breaker::{Breaker, Capacity, OpenBreaker, PROBE_EVERY};
pub use bucket::Bucket;
pub use call::{Admission, Allowance, CALL_MAX, CallEnd, Caller, Standing};
pub use concurrency::Concurrency;
pub use connection::ConnectionLimits;
pub use quiet::Quiet;
