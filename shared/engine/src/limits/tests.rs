use super::*;
use crate::time::{Timestamp, after};
use std::cell::RefCell;
use std::fmt::Write;
use std::time::Duration;

const START: &str = "2026-11-23T12:00:00Z";
const FAILED: CallEnd = CallEnd::Failed { quiet: None };

fn caller(step: u64) -> Caller {
    Caller { step, fence: 1 }
}

struct World {
    limits: RefCell<ConnectionLimits>,
    allowance: Allowance,
    now: Timestamp,
}

impl World {
    fn new(rate: Option<(u32, u64)>, concurrency: Option<u32>) -> Self {
        let rate = rate.map(|(calls, per_s)| (calls, Duration::from_secs(per_s)));
        let allowance = Allowance { rate, concurrency, waits: false };
        Self { limits: RefCell::default(), allowance, now: START.parse().unwrap() }
    }

    fn pass(&mut self, ms: u64) {
        self.now = after(self.now, Duration::from_millis(ms));
    }

    /// `None`: go; else in how many milliseconds to ask again.
    fn admit(&self) -> Option<i128> {
        self.ask(1)
    }

    fn report(&self, end: CallEnd) {
        self.end(1, end);
    }

    /// The same for a call of that step.
    fn ask(&self, step: u64) -> Option<i128> {
        let then = self.limits.borrow_mut().admit(self.allowance, caller(step), self.now)?;
        Some(then.duration_since(self.now).as_millis())
    }

    fn end(&self, step: u64, end: CallEnd) -> Standing {
        self.limits.borrow_mut().report(caller(step), end, self.now)
    }

    fn call(&self, step: u64, end: CallEnd) -> Standing {
        assert_eq!(self.ask(step), None);
        self.end(step, end)
    }

    fn fail(&mut self, steps: &[u64]) {
        steps.iter().for_each(|step| _ = self.call(*step, FAILED));
    }

    /// One whose connection has just gone down.
    fn down() -> Self {
        let mut world = Self::new(None, None);
        world.fail(&[1, 2, 3, 4, 5]);
        assert!(world.is_closed());
        world
    }

    fn is_closed(&self) -> bool {
        self.limits.borrow().is_closed(self.now)
    }

    /// How many calls there is room for, and in how many milliseconds to look again.
    fn capacity(&self, in_flight: usize) -> Option<(usize, i128)> {
        let capacity = self.limits.borrow_mut().capacity(in_flight, self.now)?;
        Some((capacity.calls, capacity.look_again.duration_since(self.now).as_millis()))
    }

    /// Whoever is held back is given a time of their own; here nobody comes back at it.
    fn forget_reserved_times(&self) {
        self.limits.borrow_mut().forget_reserved_times();
    }
}

/// Who asks whenever it may is admitted so many times in any window.
fn check_windows(calls: u32, per_s: u64) {
    let mut world = World::new(Some((calls, per_s)), None);
    let mut admitted = Vec::new();
    while admitted.len() < 3 * calls as usize {
        match world.admit() {
            None => admitted.push(world.now),
            Some(ms) => world.pass(u64::try_from(ms).unwrap().max(1)),
        }
    }
    let per = Duration::from_secs(per_s);
    for start in &admitted {
        let window = admitted.iter().filter(|at| *at >= start && **at < after(*start, per));
        assert!(window.count() <= calls as usize, "{calls} in {per_s} s");
    }
}

#[test]
fn no_window_sees_more_calls_than_are_allowed() {
    for (calls, per_s) in [(1, 1), (2, 1), (5, 1), (40, 10), (100, 60), (1_000, 300)] {
        check_windows(calls, per_s);
    }
}

#[test]
fn callers_who_are_held_back_are_given_different_times() {
    let world = World::new(Some((4, 4)), None);
    let mut answers = String::new();
    for _ in 0..4 {
        write!(answers, "{:?} ", world.admit()).unwrap();
    }
    assert_eq!(answers, "None Some(1000) Some(2000) Some(3000) ");
}

#[test]
fn as_many_calls_at_the_same_time_as_are_allowed() {
    let mut world = World::new(None, Some(2));
    assert_eq!([world.admit(), world.admit(), world.admit()], [None, None, Some(1_000)]);
    world.report(CallEnd::Answered);
    assert_eq!([world.admit(), world.admit()], [None, Some(1_010)]);
    // The callers have died.
    world.pass(60_000);
    assert_eq!(world.admit(), None);
}

#[test]
fn those_who_find_no_place_come_back_one_after_the_other_as_fast_as_calls_end() {
    let mut world = World::new(None, Some(1));
    assert_eq!(world.admit(), None);
    world.pass(50);
    world.report(CallEnd::Answered);
    assert_eq!(world.admit(), None);
    let held_back = [world.admit(), world.admit(), world.admit()];
    assert_eq!(held_back, [Some(50), Some(100), Some(150)]);
    world.pass(50);
    world.report(CallEnd::Answered);
    assert_eq!([world.admit(), world.admit()], [None, Some(150)]);
    // However many they are, the last is not sent far away.
    let last = std::iter::repeat_with(|| world.admit()).take(5_000).last();
    assert_eq!(last, Some(Some(60_000)));
}

#[test]
fn failed_calls_in_a_row_of_several_steps_open_the_breaker() {
    let mut world = World::new(None, None);
    world.fail(&[1, 2, 3, 4]);
    assert!(!world.is_closed());
    world.call(5, CallEnd::Answered);
    world.fail(&[1, 2, 3, 4]);
    assert!(!world.is_closed(), "there was an answer between them");
    assert_eq!(world.call(5, FAILED), Standing::WentDown);
    assert_eq!((world.is_closed(), world.call(6, FAILED)), (true, Standing::Down));
}

#[test]
fn messages_that_fail_by_themselves_do_not_close_the_connection_for_others() {
    let mut world = World::new(None, None);
    // One that always fails, for a day and alone.
    for _ in 0..100 {
        world.fail(&[1]);
        world.pass(864_000);
    }
    assert!(!world.is_closed());
    // A few of them among others.
    for _ in 0..100 {
        world.fail(&[1, 2, 3, 1]);
        assert_eq!(world.call(9, CallEnd::Answered), Standing::Up);
        world.pass(1_000);
    }
}

#[test]
fn where_few_messages_wait_they_are_evidence_after_a_while() {
    let mut world = World::new(None, None);
    world.fail(&[1, 2, 1, 2]);
    world.pass(9_999);
    assert_eq!(world.call(1, FAILED), Standing::Up);
    world.pass(1);
    assert_eq!(world.call(2, FAILED), Standing::WentDown);
    // What a message says cannot keep anybody from being reached.
    let mut world = World::new(None, None);
    assert_eq!(world.call(1, CallEnd::Unreachable), Standing::Up);
    world.pass(10_000);
    assert_eq!(world.call(1, CallEnd::Unreachable), Standing::WentDown);
    // What is old says nothing.
    let mut world = World::new(None, None);
    world.fail(&[1, 2, 3, 4]);
    world.pass(600_000);
    assert_eq!(world.call(5, FAILED), Standing::Up);
}

#[test]
fn what_asks_for_less_without_a_wait_is_an_answer_and_a_call_that_was_not_made_is_none() {
    let mut world = World::new(None, None);
    world.fail(&[1, 2, 3, 4]);
    world.call(5, CallEnd::NotMade);
    assert_eq!(world.call(6, FAILED), Standing::WentDown, "the row goes on");
    world.pass(50);
    assert_eq!(world.call(5, CallEnd::NotMade), Standing::Down);
    assert_eq!(world.call(5, CallEnd::Answered), Standing::CameBack);
}

#[test]
fn probes_that_each_leave_work_to_a_person_are_seconds_apart() {
    let mut world = World::down();
    world.pass(50);
    assert_eq!(world.call(6, CallEnd::Doubtful), Standing::Down);
    assert_eq!(world.ask(7), Some(5_000));
    world.pass(5_000);
    assert_eq!(world.call(7, CallEnd::Answered), Standing::CameBack);
}

#[test]
fn probes_go_a_few_at_the_same_time_and_are_accounted_for_one_by_one() {
    let mut world = World::down();
    for step in 1..=4 {
        let next_ms = if step < 4 { 50 } else { 5_000 };
        assert_eq!((world.ask(step), world.ask(9)), (None, Some(next_ms)), "probe {step}");
        world.forget_reserved_times();
        world.pass(50);
    }
    assert_eq!(world.ask(5), Some(4_950), "they hang");
    // Another call that was not made, from before the outage, frees no place among them.
    world.end(77, CallEnd::NotMade);
    world.forget_reserved_times();
    assert_eq!(world.ask(5), Some(4_950));
    world.end(1, FAILED);
    world.forget_reserved_times();
    assert_eq!(world.ask(5), None);
    world.forget_reserved_times();
    world.pass(4_999);
    assert_eq!(world.ask(6), Some(1));
    world.pass(1);
    world.forget_reserved_times();
    assert_eq!(world.ask(6), None, "what hangs is asked again, seldom");
    assert_eq!(world.end(6, CallEnd::Answered), Standing::CameBack);
}

#[test]
fn a_provider_that_is_down_for_long_is_asked_less_often_and_never_less_than_every_two_seconds() {
    let mut world = World::down();
    let mut probes = Vec::new();
    for second in 0..7_200_u32 {
        let mut count = 0;
        for _ in 0..20 {
            if world.ask(1).is_none() {
                count += 1;
                world.end(1, FAILED);
            }
            world.forget_reserved_times();
            world.pass(50);
        }
        if [1, 59, 90, 300, 301, 7_198, 7_199].contains(&second) {
            probes.push(count);
        }
    }
    assert_eq!(probes, [20, 20, 1, 1, 0, 1, 0]);
}

#[test]
fn after_the_first_answer_calls_go_by_and_by() {
    let mut world = World::down();
    world.pass(50);
    assert_eq!(world.call(1, CallEnd::Answered), Standing::CameBack);
    let mut most = Vec::new();
    for _ in 0..6 {
        let going: Vec<u64> = (1..1_000).take_while(|step| world.ask(*step).is_none()).collect();
        going.iter().for_each(|step| _ = world.end(*step, CallEnd::Answered));
        most.push(going.len());
        world.pass(60);
    }
    assert_eq!(most, [4, 8, 16, 32, 999, 999], "twice as many each time");
}

#[test]
fn what_was_called_in_an_outage_and_fails_after_its_end_is_no_new_evidence() {
    let mut world = World::down();
    world.pass(50);
    assert_eq!(world.ask(1), None);
    world.pass(50);
    assert_eq!(world.call(3, CallEnd::Answered), Standing::CameBack);
    world.pass(30_000);
    assert_eq!(world.end(1, FAILED), Standing::Down, "it is tried again soon");
    assert_eq!((world.is_closed(), world.call(1, FAILED)), (false, Standing::Up));
}

#[test]
fn a_probe_that_never_ends_is_followed_by_another() {
    let mut world = World::down();
    for step in 1..=4 {
        assert_eq!(world.ask(step), None);
        world.pass(50);
    }
    world.pass(60_000);
    assert_eq!(world.ask(5), None);
}

#[test]
fn there_is_room_for_what_may_be_called_and_the_rest_is_left_alone() {
    let world = World::new(None, None);
    assert_eq!(world.capacity(100), None, "any number");
    world.call(1, CallEnd::Answered);
    assert_eq!(world.capacity(100), None);
    let mut world = World::down();
    assert_eq!(world.capacity(0), Some((1, 50)), "a probe");
    assert_eq!(world.capacity(1).map(|capacity| capacity.0), Some(0), "it is on its way");
    assert_eq!(world.ask(1), None);
    assert_eq!(world.capacity(1), Some((0, 50)));
    world.pass(50);
    assert_eq!(world.capacity(1), Some((1, 50)));
    world.end(1, CallEnd::Answered);
    assert_eq!(
        (world.capacity(0), world.capacity(3)),
        (Some((4, 1_000)), Some((1, 1_000))),
        "the ramp"
    );
    let world = World::new(None, None);
    world.ask(1);
    world.end(1, CallEnd::Limited(after(world.now, Duration::from_secs(7))));
    assert_eq!((world.capacity(0), world.is_closed()), (Some((0, 7_000)), true), "it is quiet");
}

#[test]
fn an_outage_that_nobody_looks_at_any_more_keeps_nobody_away() {
    let mut world = World::down();
    world.pass(59_999);
    assert!(world.is_closed());
    world.pass(1);
    assert!(!world.is_closed(), "the message that should have been the probe was lost");
}

#[test]
fn a_provider_that_asks_for_quiet_gets_it_for_a_day_at_most() {
    let mut world = World::new(None, None);
    assert_eq!(world.admit(), None);
    world.report(CallEnd::Limited(after(world.now, Duration::from_secs(7))));
    assert_eq!(world.admit(), Some(7_000));
    world.pass(7_000);
    assert_eq!(world.admit(), None);
    world.report(CallEnd::Failed { quiet: Some(Timestamp::MAX) });
    assert_eq!(world.admit(), Some(24 * 3_600 * 1_000));
}

#[test]
fn what_a_clock_that_ran_ahead_left_behind_wears_off() {
    let mut world = World::new(Some((100, 1)), Some(2));
    world.pass(3_600_000);
    for step in 1..=5 {
        world.pass(20);
        world.call(step, FAILED);
    }
    world.now = START.parse().unwrap();
    let wait_ms = world.admit().unwrap();
    assert!(wait_ms <= 5_000, "{wait_ms}");
    world.pass(5_000);
    let wait_ms = world.admit().unwrap_or_default();
    assert!(wait_ms < 100, "what is left is the rate: {wait_ms}");
    world.pass(100);
    assert_eq!(world.admit(), None);
}
