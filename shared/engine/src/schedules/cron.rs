//! Days and times of day in the five fields of cron.
//!
//! Invariant: one that was read is due some day. Of day of the month and day of the week, when neither begins
//! with `*`, one is enough, as in every cron. <https://man7.org/linux/man-pages/man5/crontab.5.html>

use super::parse::{CronFault, parse};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// So many days hold every day there is: 29 February comes back after eight years at most, and on the same
/// day of the week within forty.
const DAYS_MAX: usize = 366 * 48;

/// Times of day on some days; each number of a field is a bit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cron {
    pub(super) text: String,
    pub(super) minutes: u64,
    pub(super) hours: u64,
    pub(super) days: u64,
    pub(super) months: u64,
    pub(super) weekdays: u64,
    /// A day must be among `days` and among `weekdays`; otherwise among one of them.
    pub(super) is_both: bool,
}

impl Cron {
    /// Whether it is due on that day.
    pub(super) fn is_on(&self, date: Date) -> bool {
        let weekday = date.weekday().to_sunday_zero_offset();
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, weekday);
        let is_day = if self.is_both { day && weekday } else { day || weekday };
        self.has_month(date) && is_day
    }

    pub(super) fn has_month(&self, date: Date) -> bool {
        has(self.months, date.month())
    }

    /// Its times on a day, as hour and minute, in their order and from the last to the first as well.
    pub(super) fn times(&self) -> impl DoubleEndedIterator<Item = (i8, i8)> + '_ {
        let hours = (0..24).filter(|hour| has(self.hours, *hour));
        hours.flat_map(|hour| {
            (0..60).filter(|minute| has(self.minutes, *minute)).map(move |minute| (hour, minute))
        })
    }

    /// The first day from that one on which it is due.
    pub(super) fn first_day(&self, from: Date) -> Option<Date> {
        let mut date = from;
        for _ in 0..DAYS_MAX {
            if self.is_on(date) {
                return Some(date);
            }
            // A month that it leaves out is passed over whole.
            let next = if self.has_month(date) { date } else { date.last_of_month() };
            date = next.tomorrow().ok()?;
        }
        None
    }
}

fn has(bits: u64, number: i8) -> bool {
    bits & (1 << number) != 0
}

impl FromStr for Cron {
    type Err = CronFault;

    fn from_str(text: &str) -> Result<Self, CronFault> {
        parse(text)
    }
}

impl TryFrom<String> for Cron {
    type Error = CronFault;

    fn try_from(text: String) -> Result<Self, CronFault> {
        text.parse()
    }
}

impl From<Cron> for String {
    fn from(cron: Cron) -> Self {
        cron.text
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
