//! How often the same kind of refusal is logged: anybody can cause them.
//!
//! Invariant: what is counted by is an endpoint that is there, or none of them, and a code of ours, so
//! that names which strangers make up take no memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Of one endpoint and code, one line is logged in this time.
const LOGGED_EVERY: Duration = Duration::from_secs(1);

/// When each kind was last logged, and how many came since.
#[derive(Default)]
pub struct Pace(Mutex<HashMap<(String, &'static str), Since>>);

struct Since {
    logged_at: Duration,
    count: u64,
}

impl Pace {
    /// One more came, at this uptime; where it is to be logged, how many there were since the last line.
    pub(super) fn count(&self, endpoint: &str, code: &'static str, now: Duration) -> Option<u64> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(since) = all.get_mut(&(endpoint.to_owned(), code)) else {
            all.insert((endpoint.to_owned(), code), Since { logged_at: now, count: 0 });
            return Some(1);
        };
        since.count += 1;
        if now.saturating_sub(since.logged_at) < LOGGED_EVERY {
            return None;
        }
        since.logged_at = now;
        Some(std::mem::take(&mut since.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_logged_once_a_second_and_none_is_lost_from_the_count() {
        let pace = Pace::default();
        let at = |ms: u64| pace.count("shop", "signature_invalid", Duration::from_millis(ms));
        assert_eq!(at(0), Some(1));
        assert_eq!((at(1), at(500), at(999)), (None, None, None));
        assert_eq!(at(1_000), Some(4));
        assert_eq!(at(1_999), None);
        assert_eq!(at(9_000), Some(2));
        assert_eq!(pace.count("shop", "body_empty", Duration::from_secs(9)), Some(1));
        assert_eq!(pace.count("", "signature_invalid", Duration::from_secs(9)), Some(1));
    }
}
