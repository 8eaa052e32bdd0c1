//! Those who asked and were not let in: counted, and reported once a minute with where they came from.
//!
//! Invariant: nothing that a stranger sent is kept or reported, and no number of them fills memory or log.

use super::TokenName;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tradewind_engine::time::{Timestamp, after};

/// How often they are reported, at most.
const TOLD_EVERY: Duration = Duration::from_secs(60);
/// How many are counted each for itself; addresses can be made up.
const COUNTED_MAX: usize = 100;
/// How many are named.
const NAMED_MAX: usize = 5;

/// Why somebody was not let in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stranger {
    /// With a token that there is not.
    Wrong,
    /// With a token that may be known where nobody can look now.
    Unread,
    /// Without a token.
    Missing,
    /// With a token that has expired.
    Expired(TokenName),
    /// Under a name that is not ours.
    Host,
}

/// The strangers of a process.
#[derive(Default)]
pub struct Strangers(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    told_at: Option<Timestamp>,
    /// How many of each kind from each address; of those who came after the last place was taken,
    /// the address is not known.
    numbers: BTreeMap<Stranger, BTreeMap<Option<IpAddr>, u64>>,
}

/// What is to be logged, and listed with the refusals.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StrangersReport {
    /// The most telling kind, in the API's words.
    pub(crate) code: &'static str,
    /// How many in all.
    pub(crate) count: u64,
    /// How many of each kind, and from where.
    pub(crate) text: String,
}

impl Strangers {
    /// One more, from there.
    pub(crate) fn count(&self, stranger: Stranger, from: Option<IpAddr>) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let places: usize = counted.numbers.values().map(BTreeMap::len).sum();
        let numbers = counted.numbers.entry(stranger).or_default();
        let from = from.filter(|_| places < COUNTED_MAX || numbers.contains_key(&from));
        let number = numbers.entry(from).or_default();
        *number = number.saturating_add(1);
    }

    /// All who came since this was told last, once a minute; the first at once.
    pub(crate) fn take_report(&self, now: Timestamp) -> Option<StrangersReport> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A last time that is ahead was noted before the clock stepped back.
        let is_due = counted.told_at.is_none_or(|at| after(at, TOLD_EVERY) <= now || now < at);
        if counted.numbers.is_empty() || !is_due {
            return None;
        }
        counted.told_at = Some(now);
        let numbers = std::mem::take(&mut counted.numbers);
        drop(counted);
        let is_host_alone = numbers.keys().all(|stranger| *stranger == Stranger::Host);
        let parts: Vec<String> = numbers.iter().map(|(one, from)| sentence(one, from)).collect();
        Some(StrangersReport {
            code: if is_host_alone { "host_refused" } else { "unauthorized" },
            count: numbers.values().flat_map(BTreeMap::values).sum(),
            text: parts.join("; "),
        })
    }
}

/// Such as `3 requests with a wrong token, from 192.0.2.1 (2) and 192.0.2.2 (1)`.
fn sentence(stranger: &Stranger, from: &BTreeMap<Option<IpAddr>, u64>) -> String {
    let count: u64 = from.values().sum();
    let requests = if count == 1 { "request" } else { "requests" };
    let how = match stranger {
        Stranger::Wrong => "with a wrong token".to_owned(),
        Stranger::Unread => "with a token that could not be looked up".to_owned(),
        Stranger::Missing => "without a token".to_owned(),
        Stranger::Expired(name) => format!("with the token {name}, which has expired"),
        Stranger::Host => "under a host name that is not ours".to_owned(),
    };
    let mut known: Vec<_> = from.iter().filter_map(|(ip, count)| Some(((*ip)?, *count))).collect();
    known.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named: Vec<String> =
        known.iter().take(NAMED_MAX).map(|(ip, count)| format!("{ip} ({count})")).collect();
    let named_count: u64 = known.iter().take(NAMED_MAX).map(|(_, count)| count).sum();
    let text = format!("{count} {requests} {how}");
    match (named.is_empty(), count - named_count) {
        (true, _) => text,
        (false, 0) => format!("{text}, from {}", named.join(", ")),
        (false, others) => format!("{text}, from {} and others ({others})", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn ip(last: u32) -> Option<IpAddr> {
        Some(IpAddr::from(std::net::Ipv4Addr::from(0xc000_0200 + last)))
    }

    #[test]
    fn the_first_is_told_at_once_and_the_others_once_a_minute() {
        let strangers = Strangers::default();
        assert_eq!(strangers.take_report(at(0)), None);
        strangers.count(Stranger::Wrong, ip(1));
        let report = strangers.take_report(at(100)).unwrap();
        assert_eq!((report.code, report.count), ("unauthorized", 1));
        assert_eq!(report.text, "1 request with a wrong token, from 192.0.2.1 (1)");
        for number in 0..499 {
            strangers.count(Stranger::Wrong, ip(1 + number % 2));
            assert_eq!(strangers.take_report(at(159)), None);
        }
        strangers.count(Stranger::Expired(TokenName::new("ci").unwrap()), ip(9));
        strangers.count(Stranger::Host, None);
        let report = strangers.take_report(at(160)).unwrap();
        assert_eq!(report.count, 501);
        assert_eq!(
            report.text,
            "499 requests with a wrong token, from 192.0.2.1 (250), 192.0.2.2 (249); 1 request with \
             the token ci, which has expired, from 192.0.2.9 (1); 1 request under a host name that is \
             not ours"
        );
        assert_eq!(strangers.take_report(at(1_000)), None);
        strangers.count(Stranger::Host, None);
        assert_eq!(
            strangers.take_report(at(50)).unwrap().code,
            "host_refused",
            "the clock stepped back"
        );
    }

    #[test]
    fn addresses_that_anybody_makes_up_fill_no_memory_and_no_log() {
        let strangers = Strangers::default();
        for number in 0..100_000 {
            strangers.count(Stranger::Wrong, ip(number));
        }
        assert!(strangers.0.lock().unwrap().numbers[&Stranger::Wrong].len() <= COUNTED_MAX + 1);
        let report = strangers.take_report(at(0)).unwrap();
        assert_eq!(report.count, 100_000);
        assert!(report.text.ends_with("and others (99995)"), "{}", report.text);
        assert!(report.text.len() < 300);
    }
}
