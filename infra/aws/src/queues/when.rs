//! Where a message waits for its time: in its queue or, for longer, as a schedule.

use std::time::Duration;
use tradewind_engine::time::{Timestamp, after, until};

/// SQS delays a message by at most a quarter of an hour, whatever the stage says.
const QUEUE_DELAY_MAX: Duration = Duration::from_secs(900);

/// Where a message waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// In the queue, for so long.
    InQueue { seconds: i32 },
    /// In a schedule, until this whole second.
    Scheduled { at: Timestamp },
}

/// For a message that must not show before `not_before`. Neither service knows parts of a second: a
/// message is rather late than early.
pub(super) fn when(now: Timestamp, not_before: Timestamp, queue_delay_max: Duration) -> When {
    let wait = seconds_up(until(now, not_before));
    let longest = seconds_down(queue_delay_max.min(QUEUE_DELAY_MAX));
    if wait <= longest {
        When::InQueue { seconds: wait }
    } else {
        When::Scheduled { at: second_up(not_before) }
    }
}

/// Whole seconds, not shorter.
pub(super) fn seconds_up(duration: Duration) -> i32 {
    let seconds = duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0));
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

fn seconds_down(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

fn second_up(time: Timestamp) -> Timestamp {
    let second = Timestamp::from_second(time.as_second()).unwrap_or(time);
    if second < time { after(second, Duration::from_secs(1)) } else { second }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn quarter(not_before: &str) -> When {
        when(at("2026-03-01T08:00:00.5Z"), at(not_before), Duration::from_secs(900))
    }

    #[test]
    fn a_message_that_is_due_waits_for_nothing() {
        for past in ["1970-01-01T00:00:00Z", "2026-03-01T08:00:00.499Z", "2026-03-01T08:00:00.5Z"] {
            assert_eq!(quarter(past), When::InQueue { seconds: 0 });
        }
    }

    #[test]
    fn a_part_of_a_second_counts_as_a_whole_one() {
        assert_eq!(quarter("2026-03-01T08:00:00.500000001Z"), When::InQueue { seconds: 1 });
        assert_eq!(quarter("2026-03-01T08:00:30.5Z"), When::InQueue { seconds: 30 });
        assert_eq!(quarter("2026-03-01T08:15:00.5Z"), When::InQueue { seconds: 900 });
    }

    #[test]
    fn what_no_queue_can_hold_back_is_scheduled_for_a_whole_second() {
        let scheduled = |time| When::Scheduled { at: at(time) };
        assert_eq!(quarter("2026-03-01T08:15:00.6Z"), scheduled("2026-03-01T08:15:01Z"));
        assert_eq!(quarter("2026-03-02T08:00:00Z"), scheduled("2026-03-02T08:00:00Z"));
        let (now, due) = (at("2026-03-01T08:00:00Z"), at("2026-03-01T08:00:06Z"));
        assert_eq!(when(now, due, Duration::from_secs(5)), scheduled("2026-03-01T08:00:06Z"));
    }

    #[test]
    fn a_stage_cannot_ask_for_more_than_sqs_can() {
        let (now, due) = (at("2026-03-01T08:00:00Z"), at("2026-03-01T08:15:01Z"));
        assert_eq!(when(now, due, Duration::from_secs(3600)), When::Scheduled { at: due });
    }

    #[test]
    fn the_end_of_time_is_a_time_like_any_other() {
        let now = at("2026-03-01T08:00:00Z");
        let When::Scheduled { at } = when(now, Timestamp::MAX, Duration::ZERO) else { panic!() };
        assert!(at >= Timestamp::from_second(Timestamp::MAX.as_second()).unwrap());
    }
}
