use super::*;
use crate::schedules::{SCHEDULE_FIRED, Times};

const STEPS: &str = "steps: [ { id: a, wait: { for: 1s } } ]";

fn trigger(written: &str) -> Result<Trigger, Vec<Problem>> {
    parse(&format!("trigger: {written}\n{STEPS}")).map(|workflow| workflow.trigger)
}

#[test]
fn a_workflow_may_go_by_the_clock() {
    let found = trigger("{ schedule: { cron: \"0 8 * * 1-5\", tz: Europe/Rome } }").unwrap();
    assert_eq!((found.event.as_str(), &found.from), (SCHEDULE_FIRED, &None));
    let schedule = found.schedule.unwrap();
    assert_eq!(
        schedule.times,
        Times::Cron("0 8 * * MON-FRI".replace("MON-FRI", "1-5").parse().unwrap())
    );
    assert_eq!(schedule.tz.as_deref(), Some("Europe/Rome"));
    let every = |text: &str| {
        trigger(&format!("{{ schedule: {{ every: {text} }} }}")).unwrap().schedule.unwrap().times
    };
    assert_eq!(every("15m"), Times::Every(900));
    assert_eq!(
        (every("1m"), every("120s"), every("2d")),
        (Times::Every(60), Times::Every(120), Times::Every(172_800))
    );
}

const SAID: &str = r#"{ schedule: {} }
  1:22: missing_key: `schedule` needs `cron` or `every` (write `cron: "0 8 * * 1-5"`, or `every: 15m`)
{ schedule: { cron: "0 8 * * *", every: 15m } }
  1:50: unknown_key: `schedule` takes `cron` or `every`, not both
{ schedule: { cron: "0 8 31 2 *" } }
  1:35: cron_invalid: `0 8 31 2 *` is never due (no month that it names has that many days: name another day or month)
{ schedule: { cron: 8 } }
  1:30: type_mismatch: `cron` must be text, but is a whole number (put it in quotes)
{ schedule: { cron: "0 8 * *" } }
  1:31: cron_invalid: a cron has five fields, this has 4 (write minute, hour, day of the month, month and day of the week, as in `0 8 * * 1-5`)
{ schedule: { every: 30s } }
  1:31: delay_out_of_range: `every` must be whole minutes (write it as in 1m, 15m, 6h or 1d)
{ schedule: { every: 400d } }
  1:31: delay_out_of_range: `every` must be 1 s–366 d
{ schedule: { every: 15m, tz: UTC } }
  1:40: unknown_key: `tz` makes no sense beside `every`, which goes by no time of day (take `tz` out, or write `cron`)
{ schedule: { at: noon } }
  1:22: missing_key: `schedule` needs `cron` or `every` (write `cron: "0 8 * * 1-5"`, or `every: 15m`)
  1:24: unknown_key: there is no key `at` here (the keys are cron, every, tz)
{ schedule: noon }
  1:22: type_mismatch: `schedule` must be a map, but is text
{ schedule: { every: 15m }, event: order.placed, from: shop, once_per: trigger.order.id }
  1:38: unknown_key: `event` makes no sense beside `schedule`: a workflow starts by an event or by the clock (take `event` out, or `schedule`)
  1:59: unknown_key: `from` makes no sense beside `schedule`: what is due comes through no connection (take `from` out, or `schedule`)
  1:71: unknown_key: `once_per` makes no sense beside `schedule`: each due time is one run by itself (take `once_per` out, or `schedule`)
{ event: schedule.fired }
  1:19: unknown_event: what is due is no event to wait for (write `schedule: { cron: … }` or `schedule: { every: … }`)"#;

#[test]
fn a_schedule_says_what_is_wrong_with_it() {
    let triggers = [
        "{ schedule: {} }",
        "{ schedule: { cron: \"0 8 * * *\", every: 15m } }",
        "{ schedule: { cron: \"0 8 31 2 *\" } }",
        "{ schedule: { cron: 8 } }",
        "{ schedule: { cron: \"0 8 * *\" } }",
        "{ schedule: { every: 30s } }",
        "{ schedule: { every: 400d } }",
        "{ schedule: { every: 15m, tz: UTC } }",
        "{ schedule: { at: noon } }",
        "{ schedule: noon }",
        "{ schedule: { every: 15m }, event: order.placed, from: shop, once_per: trigger.order.id }",
        "{ event: schedule.fired }",
    ];
    let said = triggers.map(|written| {
        let problems = trigger(written).unwrap_err();
        format!("{written}\n  {}", shown(&problems).replace('\n', "\n  "))
    });
    assert_eq!(said.join("\n"), SAID);
}
