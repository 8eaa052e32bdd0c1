use super::*;
use futures::FutureExt as _;
use tradewind_engine::time::after;
use tradewind_memory::VirtualClock;

const MB: usize = 1024 * 1024;

fn budget() -> (VirtualClock, SharedBodyBudget) {
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let budget = SharedBodyBudget::new(Arc::new(clock.clone()));
    (clock, budget)
}

fn reserve_now(budget: &SharedBodyBudget, bytes: usize) -> Option<Box<dyn BodyShare>> {
    budget.reserve(bytes).now_or_never().flatten()
}

#[test]
fn a_body_waits_until_another_one_is_gone() {
    let (_, budget) = budget();
    let first = reserve_now(&budget, 10 * MB).unwrap();
    let mut second = budget.reserve(5 * MB);
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    assert!(second.now_or_never().flatten().is_some());
}

#[test]
fn those_that_fit_pass_by_one_that_does_not() {
    let (_, budget) = budget();
    let _first = reserve_now(&budget, 10 * MB).unwrap();
    let mut large = budget.reserve(6 * MB);
    assert!((&mut large).now_or_never().is_none());
    assert!(reserve_now(&budget, MB).is_some());
}

#[test]
fn a_slow_one_gives_its_room_to_those_that_wait_and_a_fast_or_whole_one_keeps_it() {
    let (clock, budget) = budget();
    let (slow, fast, whole) = (
        reserve_now(&budget, 4 * MB).unwrap(),
        reserve_now(&budget, 4 * MB).unwrap(),
        reserve_now(&budget, 4 * MB).unwrap(),
    );
    fast.record_bytes(MB);
    whole.record_end();
    clock.advance_to(after(clock.now(), Duration::from_secs(1)));
    let is_lost = |seat: &dyn BodyShare| seat.revoked().now_or_never().is_some();
    assert!(![&slow, &fast, &whole].into_iter().any(|seat| is_lost(&**seat)), "nobody waits");
    let mut waiting = budget.reserve(4 * MB);
    assert!((&mut waiting).now_or_never().is_none());
    assert!(is_lost(&*slow) && !is_lost(&*fast) && !is_lost(&*whole));
    drop(slow);
    assert!(waiting.now_or_never().flatten().is_some());
}

#[test]
fn of_those_that_wait_who_came_last_is_the_first_and_who_came_first_goes_for_others() {
    let (_, budget) = budget();
    let first = reserve_now(&budget, 14 * MB).unwrap();
    let mut waiting: Vec<_> = (0..WAITING_MAX).map(|_| budget.reserve(10 * MB)).collect();
    assert!(waiting.iter_mut().all(|one| one.now_or_never().is_none()));
    let mut one_more = budget.reserve(10 * MB);
    assert!((&mut one_more).now_or_never().is_none());
    assert!(matches!(waiting[0].as_mut().now_or_never(), Some(None)), "it has waited longest");
    drop(first);
    assert!(waiting[1].as_mut().now_or_never().is_none());
    assert!(one_more.now_or_never().flatten().is_some());
}
