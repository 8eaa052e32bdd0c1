use super::*;
use futures::FutureExt;
use std::fmt::Write;
use tradewind_engine::time::after;

const START: &str = "2026-11-23T12:00:00Z";

struct World {
    limits: MemoryLimits,
    allowance: Allowance,
    now: Timestamp,
}

impl World {
    fn new(rate: Option<(u32, u64)>, concurrency: Option<u32>) -> Self {
        let rate = rate.map(|(calls, per_s)| (calls, Duration::from_secs(per_s)));
        let allowance = Allowance { rate, concurrency };
        Self { limits: MemoryLimits::default(), allowance, now: START.parse().unwrap() }
    }

    fn pass(&mut self, ms: u64) {
        self.now = after(self.now, Duration::from_millis(ms));
    }

    /// `None`: go; else in how many milliseconds to ask again.
    fn admit(&self) -> Option<i128> {
        let connection = "shop".into();
        let admission = self.limits.admit(&connection, self.allowance, self.now);
        match admission.now_or_never().unwrap().unwrap() {
            Admission::Go => None,
            Admission::NotBefore(then) => Some(then.duration_since(self.now).as_millis()),
        }
    }

    fn report(&self, end: CallEnd) {
        let connection = "shop".into();
        self.limits.report(&connection, end, self.now).now_or_never().unwrap().unwrap();
    }

    fn down(&self, times: u32) {
        for _ in 0..times {
            assert_eq!(self.admit(), None);
            self.report(CallEnd::Down);
        }
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
fn five_calls_in_a_row_without_an_answer_open_the_breaker() {
    let mut world = World::new(None, None);
    world.down(4);
    assert_eq!(world.admit(), None);
    world.report(CallEnd::Answered);
    world.down(5);
    assert_eq!(world.admit(), Some(30_000));
    world.pass(29_999);
    assert_eq!(world.admit(), Some(1));
}

#[test]
fn one_probe_decides_whether_the_breaker_closes() {
    let mut world = World::new(None, None);
    world.down(5);
    for pause_s in [30, 60, 120, 240, 480, 600, 600] {
        assert_eq!(world.admit(), Some(pause_s * 1_000));
        world.pass(pause_s as u64 * 1_000);
        assert_eq!([world.admit(), world.admit()], [None, Some(5_000)]);
        world.report(CallEnd::Down);
    }
    world.pass(600_000);
    assert_eq!(world.admit(), None);
    world.report(CallEnd::Answered);
    assert_eq!([world.admit(), world.admit()], [None, None]);
}

#[test]
fn a_call_that_was_not_made_frees_its_place_and_says_nothing_about_the_provider() {
    let mut world = World::new(None, Some(1));
    world.down(4);
    // The calls so far took no time, so a place should soon be free.
    assert_eq!([world.admit(), world.admit()], [None, Some(20)]);
    world.report(CallEnd::NotMade);
    world.down(1);
    assert_eq!(world.admit(), Some(30_000), "it did not close the breaker");
    world.pass(30_000);
    assert_eq!(world.admit(), None);
    world.report(CallEnd::NotMade);
    assert_eq!(world.admit(), None, "the next one is the probe");
}

#[test]
fn a_probe_that_never_ends_is_followed_by_another() {
    let mut world = World::new(None, None);
    world.down(5);
    world.pass(30_000);
    assert_eq!(world.admit(), None);
    world.pass(59_999);
    assert_eq!(world.admit(), Some(5_000));
    world.pass(1);
    assert_eq!(world.admit(), None);
}

#[test]
fn a_provider_that_asks_for_quiet_gets_it_for_a_day_at_most() {
    let mut world = World::new(None, None);
    assert_eq!(world.admit(), None);
    world.report(CallEnd::Limited(after(world.now, Duration::from_secs(7))));
    assert_eq!(world.admit(), Some(7_000));
    world.pass(7_000);
    assert_eq!(world.admit(), None);
    world.report(CallEnd::Limited(Timestamp::MAX));
    assert_eq!(world.admit(), Some(24 * 3_600 * 1_000));
}

#[test]
fn what_a_clock_that_ran_ahead_left_behind_wears_off() {
    let mut world = World::new(Some((100, 1)), Some(2));
    world.pass(3_600_000);
    world.down(5);
    world.now = START.parse().unwrap();
    assert_eq!(world.admit(), Some(30_000));
    world.pass(30_000);
    let wait_ms = world.admit().unwrap();
    world.pass(u64::try_from(wait_ms + 1).unwrap());
    assert_eq!((wait_ms < 100, world.admit()), (true, None));
}
