//! The moments at which a schedule is due.
//!
//! Invariant: a later time of day is never due before an earlier one: one that a change of the clocks leaves
//! out is due at the moment after the gap, one that comes twice is due the first time.

use super::cron::Cron;
use super::{Schedule, Times};
use crate::problems::{Place, Problem};
use crate::time::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use std::time::Duration;

/// The zone of that IANA name, from what is compiled in: the same wherever this runs.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| !zone.is_unknown())
}

/// That there is no such zone, where there is none.
pub fn no_zone(name: &str, place: Place) -> Option<Problem> {
    if zone(name).is_some() {
        return None;
    }
    let names: Vec<String> = jiff::tz::db().available().map(|one| one.to_string()).collect();
    let problem = Problem::new("unknown_zone", place, format!("there is no time zone `{name}`"));
    let problem = problem.with_help("write an IANA name, such as Europe/Rome, or UTC");
    Some(problem.with_nearest(name, names.iter().map(String::as_str)))
}

impl Schedule {
    /// The first moment after this one at which it is due; nothing where there is none, or no such zone.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let after = after.max(self.since);
        match &self.times {
            Times::Every(seconds) => multiple(after, *seconds, 1),
            Times::Cron(cron) => next(cron, &zone(&self.tz)?, after),
        }
    }

    /// The newest moment up to this one at which it was due, since it holds.
    pub fn latest(&self, until: Timestamp) -> Option<Timestamp> {
        let latest = match &self.times {
            Times::Every(seconds) => multiple(until, *seconds, 0),
            Times::Cron(cron) => latest(cron, &zone(&self.tz)?, self.since, until),
        };
        latest.filter(|due| *due > self.since)
    }
}

/// The multiple of so many seconds that is the last up to the moment, or so many further on.
fn multiple(moment: Timestamp, seconds: u32, further: i64) -> Option<Timestamp> {
    let seconds = i64::from(seconds.max(1));
    let number = moment.as_second().div_euclid(seconds) + further;
    Timestamp::from_second(number.checked_mul(seconds)?).ok()
}

fn next(cron: &Cron, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let mut date = zone.to_datetime(after).date();
    loop {
        date = cron.first_day(date)?;
        let mut moments = moments(cron, zone, date);
        if let Some(moment) = moments.find(|moment| *moment > after) {
            return Some(moment);
        }
        date = date.tomorrow().ok()?;
    }
}

fn latest(cron: &Cron, zone: &TimeZone, since: Timestamp, until: Timestamp) -> Option<Timestamp> {
    // Where clocks are set back over midnight, the day after has begun once before.
    let first = zone.to_datetime(since).date().yesterday().ok()?;
    let mut date = zone.to_datetime(until).date().tomorrow().ok()?;
    while date >= first {
        if cron.is_on(date)
            && let Some(moment) = moments(cron, zone, date).rev().find(|moment| *moment <= until)
        {
            return Some(moment);
        }
        date = date.yesterday().ok()?;
    }
    None
}

/// The moments of a day, in their order.
fn moments<'a>(
    cron: &'a Cron,
    zone: &'a TimeZone,
    date: Date,
) -> impl DoubleEndedIterator<Item = Timestamp> + 'a {
    cron.times().filter_map(move |(hour, minute)| moment(zone, date.at(hour, minute, 0, 0)))
}

fn moment(zone: &TimeZone, time: DateTime) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(time);
    match ambiguous.offset() {
        AmbiguousOffset::Gap { before, .. } => {
            // By the clock that was not set forward, it lies behind the change.
            let behind = before.to_timestamp(time).ok()?;
            let change =
                zone.preceding(crate::time::after(behind, Duration::from_secs(1))).next()?;
            Some(change.timestamp())
        }
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
            ambiguous.earlier().ok()
        }
    }
}
