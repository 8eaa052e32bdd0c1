//! The admin API as a program sees it: requests in, answers out, over the adapters in memory.

mod access;
mod changing;
mod coverage;
mod events;
mod given;
mod idempotency;
mod looking;
mod replays;
mod runs;
mod status;
mod strictness;
mod unavailable;
mod world;
