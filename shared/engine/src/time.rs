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

/// Whether the text is a day that there is, written as `2026-11-30` and in no other way.
pub fn is_date(text: &str) -> bool {
    text.parse().is_ok_and(|date: jiff::civil::Date| date.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::is_date;

    #[test]
    fn a_date_is_a_day_that_there_is_in_one_form() {
        assert!(is_date("2026-11-30") && is_date("2028-02-29"));
        for other in
            ["", "2026-02-29", "20261130", "2026-11-30T00:00:00Z", "2026-1-3", "30.11.2026"]
        {
            assert!(!is_date(other), "{other}");
        }
    }
}
