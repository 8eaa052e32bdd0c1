//! Points in time and how far apart they are.

pub use jiff::Timestamp;
use std::time::Duration;

/// The moment `by` after `from`; the end of time where it would pass it.
pub fn after(from: Timestamp, by: Duration) -> Timestamp {
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The moment `by` before `from`; the beginning of time where it would pass it.
pub fn before(from: Timestamp, by: Duration) -> Timestamp {
    from.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// How long from `now` until `then`; nothing when it has passed.
pub fn until(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO)
}
