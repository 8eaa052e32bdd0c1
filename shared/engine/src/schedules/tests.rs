use super::*;
use crate::problems::Place;

/// A schedule that holds since 2000.
fn schedule(times: Times, tz: &str) -> Schedule {
    Schedule { times, tz: tz.to_owned(), since: "2000-01-01T00:00:00Z".parse().unwrap() }
}

fn cron(text: &str, tz: &str) -> Schedule {
    schedule(Times::Cron(text.parse().unwrap()), tz)
}

/// The due times that follow, and that each of them is the latest at its own moment and before the next one.
fn check_next(schedule: &Schedule, after: &str, expected: &[&str]) {
    let mut now: Timestamp = after.parse().unwrap();
    for (number, expected) in expected.iter().enumerate() {
        let next = schedule.next(now).unwrap();
        assert_eq!(next.to_string(), *expected, "{schedule:?}, {number}");
        assert_eq!(schedule.latest(next), Some(next), "{schedule:?}, {number}");
        let just_before = next - std::time::Duration::from_nanos(1);
        let known = (number > 0).then_some(now);
        assert!(schedule.latest(just_before) == known || known.is_none(), "{schedule:?}, {number}");
        now = next;
    }
}

fn check_fault(text: &str, expected: &str) {
    let fault = text.parse::<Cron>().expect_err(text);
    assert_eq!(format!("{}: {} ({})", fault.at, fault.message, fault.help), expected);
}

#[test]
fn weekdays_at_eight_are_eight_by_the_clock_in_summer_and_in_winter() {
    let schedule = cron("0 8 * * 1-5", "Europe/Rome");
    let expected = ["2026-10-23T06:00:00Z", "2026-10-26T07:00:00Z", "2026-10-27T07:00:00Z"];
    check_next(&schedule, "2026-10-22T06:00:00Z", &expected);
    check_next(&cron("0 8 * * MON-fri", "UTC"), "2026-10-23T08:00:00Z", &["2026-10-26T08:00:00Z"]);
}

#[test]
fn a_time_that_the_clocks_leave_out_is_due_once_right_after_the_gap() {
    let expected = ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"];
    check_next(&cron("30 2 * * *", "Europe/Rome"), "2026-03-27T12:00:00Z", &expected);
    // All of the hour comes to the same moment, which is also three o'clock.
    let expected = ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"];
    check_next(&cron("*/30 1-3 * * *", "Europe/Rome"), "2026-03-29T00:10:00Z", &expected);
    // A whole day was left out on Samoa.
    let expected = ["2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"];
    check_next(&cron("0 12 * * *", "Pacific/Apia"), "2011-12-29T12:00:00Z", &expected);
}

#[test]
fn a_time_that_comes_twice_is_due_the_first_time() {
    let expected = ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
    check_next(&cron("30 2 * * *", "Europe/Rome"), "2026-10-23T12:00:00Z", &expected);
    // Between the first and the second one nothing is due again.
    let twice: Timestamp = "2026-10-25T01:45:00Z".parse().unwrap();
    let latest = cron("30 2 * * *", "Europe/Rome").latest(twice).unwrap();
    assert_eq!(latest.to_string(), "2026-10-25T00:30:00Z");
    // In Newfoundland the clocks were set back over midnight.
    let expected = ["2010-11-06T02:30:00Z", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z"];
    check_next(&cron("0 0 * * *", "America/St_Johns"), "2010-11-05T03:00:00Z", &expected);
    let again: Timestamp = "2010-11-07T03:00:00Z".parse().unwrap();
    let latest = cron("0 0 * * *", "America/St_Johns").latest(again).unwrap();
    assert_eq!(latest.to_string(), "2010-11-07T02:30:00Z");
}

#[test]
fn the_29th_of_february_comes_in_leap_years_alone() {
    let expected = ["2028-02-29T08:00:00Z", "2032-02-29T08:00:00Z"];
    check_next(&cron("0 8 29 2 *", "UTC"), "2026-11-28T00:00:00Z", &expected);
    check_next(&cron("0 8 29 2 *", "UTC"), "2096-03-01T00:00:00Z", &["2104-02-29T08:00:00Z"]);
    check_next(&cron("0 0 29 2 */6", "UTC"), "2026-03-01T00:00:00Z", &["2032-02-29T00:00:00Z"]);
}

#[test]
fn one_of_both_kinds_of_days_is_enough_unless_one_begins_with_a_star() {
    let expected = ["2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z", "2026-11-13T00:00:00Z"];
    check_next(&cron("0 0 13 * MON", "UTC"), "2026-11-01T00:00:00Z", &expected);
    // Mondays that have an odd number.
    let expected = ["2026-11-09T00:00:00Z", "2026-11-23T00:00:00Z"];
    check_next(&cron("0 0 */2 * 1", "UTC"), "2026-11-01T00:00:00Z", &expected);
}

#[test]
fn names_lists_ranges_and_steps_are_understood() {
    let same = |one: &str, other: &str| {
        let (one, other): (Cron, Cron) = (one.parse().unwrap(), other.parse().unwrap());
        assert_eq!(Cron { text: String::new(), ..one }, Cron { text: String::new(), ..other });
    };
    same("0,15,30,45 0 1 1 *", "*/15 0 1 JAN *");
    same("5-59/15 0 1 6-8 *", "5,20,35,50 0 1 jun-AUG *");
    same("0 0 1-7 * 7", " 0  0 1,2,3,4,5,6,7 * SUN ");
    same("0 0 1 1 SAT-SUN", "0 0 1 1 0,6");
    same("0 0 1 1 5-7", "0 0 1 1 FRI,SAT,SUN");
    assert_eq!(" 0  8 * * 1-5 ".parse::<Cron>().unwrap().to_string(), "0 8 * * 1-5");
}

#[test]
fn what_is_no_cron_is_refused_with_its_place() {
    check_fault(
        "0 0 8 * * 1",
        "0: a cron has five fields, this has 6 (write minute, hour, day of the month, month and day of \
         the week, as in `0 8 * * 1-5`)",
    );
    check_fault(
        "0 8 31 2 *",
        "4: `0 8 31 2 *` is never due (no month that it names has that many days: name another day or \
         month)",
    );
    check_fault(
        "0 24 * * *",
        "2: `24` is no hour (hours are 0 to 23, as in `8`, `8,18`, `*/2` or `8-18`)",
    );
    let refused = [
        "",
        "@daily",
        "0 8 L * *",
        "0 8 ? * *",
        "0 8 15W * *",
        "0 8 * * 1#2",
        "60 8 * * *",
        "-1 8 * * *",
        "+1 8 * * *",
        "0 8 0 * *",
        "0 8 * 13 *",
        "0 8 * 0 *",
        "0 8 * * 8",
        "0 8 * * MO",
        "5/15 * * * *",
        "*/0 * * * *",
        "*/60 * * * *",
        "* 10-8 * * *",
        "0, * * * *",
        "1--2 * * * *",
        "0 8 30,31 2 *",
        "0 8 31 4,6 *",
        "0 8 * * FRI-MON",
        "0 8 * * 4294967297",
        "٣ 8 * * *",
    ];
    for text in refused {
        assert!(text.parse::<Cron>().is_err(), "{text}");
    }
}

#[test]
fn every_so_often_goes_by_multiples_of_it_whatever_the_zone_and_the_beginning() {
    let quarter = schedule(Times::Every(900), "UTC");
    check_next(&quarter, "2026-03-29T00:50:01Z", &["2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z"]);
    let days = schedule(Times::Every(2 * 86_400), "UTC");
    check_next(&days, "2026-11-28T00:00:00Z", &["2026-11-29T00:00:00Z", "2026-12-01T00:00:00Z"]);
}

#[test]
fn nothing_is_due_up_to_the_moment_since_which_it_holds() {
    for times in [Times::Every(3_600), Times::Cron("0 * * * *".parse().unwrap())] {
        let since = "2026-11-28T08:00:00Z".parse().unwrap();
        let schedule = Schedule { times, tz: "UTC".to_owned(), since };
        let at = |text: &str| schedule.latest(text.parse().unwrap()).map(|due| due.to_string());
        assert_eq!(at("2026-11-28T08:59:59Z"), None);
        assert_eq!(at("2026-11-20T08:30:00Z"), None);
        assert_eq!(at("2026-11-28T09:00:00Z").as_deref(), Some("2026-11-28T09:00:00Z"));
        assert_eq!(at("2027-11-28T09:30:00Z").as_deref(), Some("2027-11-28T09:00:00Z"));
        let next = schedule.next("2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(next.to_string(), "2026-11-28T09:00:00Z");
    }
}

#[test]
fn a_schedule_is_stored_as_it_was_written_and_an_unknown_zone_is_never_due() {
    let schedule = cron("0 8 * * 1-5", "Europe/Rome");
    let stored = json!({
        "times": { "cron": "0 8 * * 1-5" }, "tz": "Europe/Rome", "since": "2000-01-01T00:00:00Z",
    });
    assert_eq!(serde_json::to_value(&schedule).unwrap(), stored);
    assert_eq!(serde_json::from_value::<Schedule>(stored).unwrap(), schedule);
    let nowhere = cron("0 8 * * *", "Europe/Nowhere");
    assert_eq!((nowhere.next(Timestamp::UNIX_EPOCH), nowhere.latest(Timestamp::MAX)), (None, None));
    assert!(zone("Etc/Unknown").is_none() && zone("europe/rome").is_some());
    let problem = no_zone("Europe/Roma", Place::START).unwrap().to_string();
    let told = "there is no time zone `Europe/Roma` (did you mean `Europe/Rome`?)";
    assert_eq!(problem, format!("1:1: unknown_zone: {told}"));
    let problem = no_zone("Nowhere", Place::START).unwrap().to_string();
    assert!(problem.ends_with("(write an IANA name, such as Europe/Rome, or UTC)"), "{problem}");
}

#[test]
fn a_due_time_of_a_workflow_has_one_id() {
    let due: Timestamp = "2026-11-28T08:00:00Z".parse().unwrap();
    let id = fired_id(&"daily".into(), due);
    assert_eq!(id, fired_id(&"daily".into(), due));
    assert_eq!(id.as_str().len(), "evt_".len() + 24);
    assert_ne!(id, fired_id(&"daily2".into(), due));
    assert_ne!(
        id,
        fired_id(&"daily".into(), crate::time::after(due, std::time::Duration::from_secs(1)))
    );
    assert_eq!(workflow_of(&fired_data(&"daily".into(), due)), Some("daily"));
}
