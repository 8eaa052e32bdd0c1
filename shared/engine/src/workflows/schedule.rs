//! A trigger that goes by the clock.

use super::durations::DELAY_MAX;
use super::values::duration;
use super::{Trigger, TriggerSchedule};
use crate::problems::Problem;
use crate::schedules::{Cron, SCHEDULE_FIRED, Times};
use crate::yaml::Node;
use crate::yaml::fields::{Fields, text};

/// The shortest time between two due times.
const EVERY_MIN_SECONDS: u32 = 60;

/// A trigger with a schedule; `trigger` are its keys.
pub(super) fn scheduled(
    trigger: &Fields<'_>,
    node: &Node,
    problems: &mut Vec<Problem>,
) -> Option<Trigger> {
    for entry in trigger.entries() {
        let why = match entry.key.as_str() {
            "event" => "a workflow starts by an event or by the clock",
            "from" => "what is due comes through no connection",
            "once_per" => "each due time is one run by itself",
            _ => continue,
        };
        let message = format!("`{}` makes no sense beside `schedule`: {why}", entry.key);
        let problem = Problem::new("unknown_key", entry.place, message);
        problems.push(problem.with_help(format!("take `{}` out, or `schedule`", entry.key)));
    }
    let schedule = schedule(node, problems)?;
    Some(Trigger {
        event: SCHEDULE_FIRED.to_owned(),
        schedule: Some(schedule),
        from: None,
        once_per: None,
        place: node.place,
        from_place: node.place,
    })
}

fn schedule(node: &Node, problems: &mut Vec<Problem>) -> Option<TriggerSchedule> {
    let fields = Fields::of(node, "`schedule`", problems)?;
    fields.refuse_others(&["cron", "every", "tz"], problems);
    let tz_node = fields.value("tz");
    let tz = tz_node.and_then(|tz| text(tz, "tz", problems)).map(str::to_owned);
    let times = match (fields.value("cron"), fields.value("every")) {
        (Some(node), None) => Times::Cron(cron(node, problems)?),
        (None, Some(_)) => {
            if let Some(tz) = tz_node {
                let message = "`tz` makes no sense beside `every`, which goes by no time of day";
                let problem = Problem::new("unknown_key", tz.place, message);
                problems.push(problem.with_help("take `tz` out, or write `cron`"));
            }
            Times::Every(every(&fields, problems)?)
        }
        (Some(_), Some(every)) => {
            let message = "`schedule` takes `cron` or `every`, not both";
            problems.push(Problem::new("unknown_key", every.place, message));
            return None;
        }
        (None, None) => {
            let message = "`schedule` needs `cron` or `every`";
            let problem = Problem::new("missing_key", fields.place, message);
            problems.push(problem.with_help("write `cron: \"0 8 * * 1-5\"`, or `every: 15m`"));
            return None;
        }
    };
    Some(TriggerSchedule { times, tz, tz_place: tz_node.map_or(node.place, |tz| tz.place) })
}

fn cron(node: &Node, problems: &mut Vec<Problem>) -> Option<Cron> {
    let written = text(node, "cron", problems)?;
    let refused = |fault: crate::schedules::CronFault| {
        let place = node.place_in_text(written, fault.at);
        problems.push(Problem::new("cron_invalid", place, fault.message).with_help(fault.help));
    };
    written.parse().map_err(refused).ok()
}

fn every(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<u32> {
    let length = duration(fields, "every", DELAY_MAX, problems)?;
    let seconds = u32::try_from(length.as_secs()).unwrap_or(u32::MAX);
    if seconds % EVERY_MIN_SECONDS != 0 {
        let place = fields.value("every").map_or(fields.place, |node| node.place);
        let problem = Problem::new("delay_out_of_range", place, "`every` must be whole minutes");
        problems.push(problem.with_help("write it as in 1m, 15m, 6h or 1d"));
    }
    Some(seconds)
}
