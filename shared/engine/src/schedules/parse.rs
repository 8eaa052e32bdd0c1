//! From the five fields of cron to the days and times that they stand for.
//!
//! Invariant: what two crons would understand differently (`L`, `#`, `W`, `?`, seconds, a step behind one
//! number) is refused. The crates that read cron know no jiff of this version, or no times but chrono's.

use super::cron::Cron;
use jiff::civil::date;

/// Why a text is no cron.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CronFault {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: &'static str,
    /// The byte of the text where it is.
    pub at: usize,
}

struct Field {
    name: &'static str,
    lowest: u8,
    highest: u8,
    /// The names that stand for the numbers from `lowest` on.
    names: &'static [&'static str],
    help: &'static str,
}

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/// The other number of Sunday.
const SUNDAY: u8 = 7;

const FIELDS: [Field; 5] = [
    plain("minute", 0, 59, "minutes are 0 to 59, as in `30`, `0,30`, `*/15` or `0-10`"),
    plain("hour", 0, 23, "hours are 0 to 23, as in `8`, `8,18`, `*/2` or `8-18`"),
    plain("day of the month", 1, 31, "days are 1 to 31, as in `1`, `1,15` or `*`"),
    Field {
        name: "month",
        lowest: 1,
        highest: 12,
        names: &MONTHS,
        help: "months are 1 to 12 or JAN to DEC, as in `*`, `1,7` or `JUN-AUG`",
    },
    Field {
        name: "day of the week",
        lowest: 0,
        highest: SUNDAY,
        names: &WEEKDAYS,
        help: "days of the week are 0 to 7 or SUN to SAT, as in `*`, `1-5` or `MON,THU`; 0 and 7 are \
            Sunday",
    },
];

const fn plain(name: &'static str, lowest: u8, highest: u8, help: &'static str) -> Field {
    Field { name, lowest, highest, names: &[], help }
}

const FORM: &str =
    "write minute, hour, day of the month, month and day of the week, as in `0 8 * * 1-5`";

pub(super) fn parse(text: &str) -> Result<Cron, CronFault> {
    let fault = |message: String, help, at| CronFault { message, help, at };
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = parts[..] else {
        return Err(fault(format!("a cron has five fields, this has {}", parts.len()), FORM, 0));
    };
    let mut bits = [0; 5];
    for ((bits, part), field) in
        bits.iter_mut().zip([minute, hour, day, month, weekday]).zip(&FIELDS)
    {
        let at = part.as_ptr() as usize - text.as_ptr() as usize;
        *bits = field.bits(part).map_err(|message| fault(message, field.help, at))?;
    }
    let [minutes, hours, days, months, weekdays] = bits;
    // 0 and 7 are one day.
    let weekdays = (weekdays | weekdays >> SUNDAY) & 0x7f;
    let is_both = day.starts_with('*') || weekday.starts_with('*');
    let text_of_it = parts.join(" ");
    let cron = Cron { text: text_of_it, minutes, hours, days, months, weekdays, is_both };
    match cron.first_day(date(2000, 1, 1)) {
        Some(_) => Ok(cron),
        None => {
            let at = day.as_ptr() as usize - text.as_ptr() as usize;
            let help = "no month that it names has that many days: name another day or month";
            Err(fault(format!("`{text}` is never due"), help, at))
        }
    }
}

impl Field {
    /// The numbers that a field stands for, a bit each, or what is wrong with it.
    fn bits(&self, text: &str) -> Result<u64, String> {
        text.split(',').try_fold(0, |bits, item| Ok(bits | self.item(item)?))
    }

    fn item(&self, item: &str) -> Result<u64, String> {
        let (range, step) = match item.split_once('/') {
            None => (item, None),
            Some((range, step)) => (range, Some(self.step(item, step)?)),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.lowest, self.highest.min(self.most())),
            Some((first, last)) => (self.number(first)?, self.number(last)?),
            None if step.is_some() => {
                return Err(format!("`{item}`: a step stands behind `*` or a range"));
            }
            None => (self.number(range)?, self.number(range)?),
        };
        // Saturday to Sunday.
        let last = if self.highest == SUNDAY && last == 0 && first > 0 {
            last.max(self.highest)
        } else {
            last
        };
        if last < first {
            return Err(format!("`{item}` ends before it begins"));
        }
        let numbers = (first..=last).step_by(step.unwrap_or(1).into());
        Ok(numbers.fold(0, |bits, number| bits | 1 << number))
    }

    /// The highest number that is not another one's second name.
    fn most(&self) -> u8 {
        if self.highest == SUNDAY { SUNDAY - 1 } else { self.highest }
    }

    fn step(&self, item: &str, step: &str) -> Result<u8, String> {
        let step = digits(step).filter(|step| (1..=self.highest).contains(step));
        step.ok_or_else(|| format!("`{item}`: the step is 1 to {}", self.highest))
    }

    fn number(&self, text: &str) -> Result<u8, String> {
        let named = self.names.iter().zip(self.lowest..);
        let named =
            named.filter(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, number)| number);
        let number = named.chain(digits(text)).next();
        let number = number.filter(|number| (self.lowest..=self.highest).contains(number));
        number.ok_or_else(|| format!("`{text}` is no {}", self.name))
    }
}

/// `parse` would take a sign.
fn digits(text: &str) -> Option<u8> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
