//! The real world behind three ports: time, chance, and calls to other services. Both runtimes use it.

mod clock;
mod http;
mod logged;

pub use clock::{SystemClock, SystemIds};
pub use http::{GuardedHttp, Lookup, OperatorHttp, SystemLookup};
pub use logged::may_be_logged;
