//! Schedules of cron: read or refused, and the due times of what was read follow each other without a gap.

use tradewind_engine::schedules::{Cron, Schedule, Times, zone};
use tradewind_engine::time::Timestamp;

/// Since when the schedules hold.
const SINCE: i64 = 946_684_800;

/// A time zone, seconds since 1970 and the five fields, each in a line.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let (Some(tz), Some(seconds), Some(fields)) = (lines.next(), lines.next(), lines.next()) else {
        return;
    };
    let Ok(cron) = fields.parse::<Cron>() else { return };
    assert_eq!(cron.to_string().parse(), Ok(cron.clone()), "it is read as it is written");
    let Some(now) = moment(seconds) else { return };
    if zone(tz).is_none() {
        return;
    }
    let since = Timestamp::from_second(SINCE).expect("it is a time");
    let schedule = Schedule { times: Times::Cron(cron), tz: tz.to_owned(), since };
    let next = schedule.next(now).expect("what can be read is due some day");
    assert!(next > now, "{next} is not after {now}");
    assert_eq!(schedule.latest(next), Some(next), "the latest at its own moment");
    let latest = schedule.latest(now);
    assert!(latest.is_none_or(|latest| latest <= now), "{latest:?} is after {now}");
    assert_eq!(
        schedule.next(latest.unwrap_or(since)),
        Some(next),
        "none lies between {latest:?} and {now}"
    );
}

/// In this century.
fn moment(seconds: &str) -> Option<Timestamp> {
    let seconds = seconds.parse::<i64>().ok()?;
    let century = SINCE..4_102_444_800;
    century.contains(&seconds).then(|| Timestamp::from_second(seconds).ok()).flatten()
}
