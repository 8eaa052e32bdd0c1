//! Which hosts may be called: those of the provider that a call is for, as the catalog names them, and
//! those that the operator allowed. Everything here is decided from names and addresses alone; looking a
//! name up, and connecting to what was found, is the network's.
//!
//! Invariant: whoever writes a project, or holds a token of the API, can allow nothing.

mod addresses;
mod allowed;
mod blocked;
mod judge;
mod mail;
mod recipient;

pub use addresses::{Reach, reach};
pub(crate) use allowed::is_loopback;
pub use allowed::{AllowedHost, AllowedHosts, HostInvalid};
pub use blocked::{Blocked, Reason};
pub use judge::{Verdict, judge, web_address};
pub use mail::{MAIL_PORTS, judge_mail};
pub use recipient::Recipient;

#[cfg(test)]
mod tests;
