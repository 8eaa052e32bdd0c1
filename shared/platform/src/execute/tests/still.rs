//! What becomes of a step that asks right before its call whether it is still wanted.

use super::*;
use async_trait::async_trait;
use std::future::pending;
use std::sync::Mutex;
use tradewind_engine::ports::{FreshRead, FreshReads, NotRead};
use tradewind_engine::protocol::LEASE_GRACE;

const STILL: &str = "
trigger: { event: order.placed, from: shop }
steps:
  - { id: do, uses: thing.do, via: shop, only_if_still: now.order.status == 'placed', with: {} }
";

/// What a read comes to; it never ends where there is nothing.
struct Reads {
    says: Option<Result<Value, NotRead>>,
    asked: Mutex<Vec<FreshRead>>,
}

#[async_trait]
impl FreshReads for Reads {
    async fn read_afresh(&self, asked: &FreshRead) -> Result<Value, NotRead> {
        self.asked.lock().unwrap().push(asked.clone());
        match &self.says {
            Some(says) => says.clone(),
            None => pending().await,
        }
    }
}

fn order(status: &str) -> Option<Result<Value, NotRead>> {
    Some(Ok(json!({ "order": { "status": status } })))
}

/// A run of order 7 whose step has this class, and what its reads come to.
fn asking(class: &str, says: Option<Result<Value, NotRead>>) -> (Given, Arc<Reads>) {
    asking_in(STILL, class, says)
}

fn asking_in(
    source: &str,
    class: &str,
    says: Option<Result<Value, NotRead>>,
) -> (Given, Arc<Reads>) {
    let mut run = ready(clock().now(), class, "retry");
    run.input = json!({ "order": { "id": "7" } });
    let reads = Arc::new(Reads { says, asked: Mutex::default() });
    let given = given_run(&[], &run, at(&PROVIDER), source);
    let ports = Executing { fresh_reads: reads.clone(), ..given.ports };
    (Given { ports, ..given }, reads)
}

/// What became of the step: where the run and it stand, how often it was tried and called, and why.
fn told(given: &Given) -> String {
    let run = given.run();
    let step = &run.steps[&"do".into()];
    let called = given.called.load(Ordering::Relaxed);
    let (state, at) = (run.state.as_str(), step.state.as_str());
    let reason = step.reason.clone().unwrap_or_default();
    format!("{state}: {at}, {} tries, {called} calls: {reason}", step.attempts)
}

fn check(class: &str, says: Option<Result<Value, NotRead>>, expected: &str) {
    let (given, reads) = asking(class, says);
    assert_eq!(given.handle().0, Ok(Handled::Settled));
    assert_eq!(told(&given), expected);
    assert_eq!(reads.asked.lock().unwrap().len(), 1);
}

#[test]
fn it_is_called_where_the_order_is_as_it_was_and_else_skipped() {
    check("neither", order("placed"), "succeeded: done, 1 tries, 1 calls: ");
    check("neither", order("cancelled"), "succeeded: skipped, 1 tries, 0 calls: no_longer_true");
    let (given, reads) = asking("neither", order("placed"));
    given.handle().0.unwrap();
    let asked = reads.asked.lock().unwrap()[0].clone();
    assert_eq!((asked.connection.as_str(), asked.order.as_str()), ("shop", "7"));
    assert_eq!(asked.until, after(clock().now(), Duration::from_secs(10)));
}

#[test]
fn nothing_is_done_where_nothing_could_be_read() {
    let reason = || "no".to_owned();
    let said = "only_if_still: the order could not be read through shop";
    check(
        "neither",
        Some(Err(NotRead::NotNow { reason: reason() })),
        &format!("active: retry, 1 tries, 0 calls: {said}: no"),
    );
    check(
        "neither",
        Some(Err(NotRead::Refused { reason: reason() })),
        "failed: failed, 1 tries, 0 calls: only_if_still, asked through shop: no",
    );
    check(
        "neither",
        Some(Err(NotRead::NeedsRepair { reason: reason() })),
        &format!("parked: parked, 1 tries, 0 calls: {said}: no"),
    );
    check(
        "neither",
        None,
        &format!("active: retry, 1 tries, 0 calls: {said}: no answer within 10 s"),
    );
}

/// The same with another condition, of an order without a status.
fn check_unsaid(condition: &str, read: Value, expected: &str) {
    let source = STILL.replace("now.order.status == 'placed'", &format!("\"{condition}\""));
    let (given, _) = asking_in(&source, "neither", Some(Ok(read)));
    given.handle().0.unwrap();
    assert_eq!(told(&given), expected, "{condition}");
}

#[test]
fn a_member_that_is_missing_or_null_is_no_answer() {
    let said =
        "active: retry, 1 tries, 0 calls: only_if_still: shop says nothing of now.order.status";
    for read in [json!({ "order": { "status": null } }), json!({ "order": {} }), json!({})] {
        for condition in [
            "now.order.status == 'placed'",
            "now.order.status != 'cancelled'",
            "now.order.status not in ['cancelled']",
            "not (now.order.status == 'cancelled')",
            "now.order.status != 'cancelled' or now.order.total is none",
        ] {
            check_unsaid(condition, read.clone(), said);
        }
    }
}

#[test]
fn a_condition_that_asks_whether_a_member_is_there_takes_null_for_an_answer() {
    let done = "succeeded: done, 1 tries, 1 calls: ";
    let skipped = "succeeded: skipped, 1 tries, 0 calls: no_longer_true";
    let order = json!({ "order": { "status": null, "cancelled_at": null } });
    check_unsaid("now.order.cancelled_at is none", order.clone(), done);
    check_unsaid("now.order.cancelled_at is not none", order.clone(), skipped);
    check_unsaid("now.order.status | default('none') != 'cancelled'", order.clone(), done);
    let guarded = "now.order.status is not none and now.order.status != 'cancelled'";
    check_unsaid(guarded, order, skipped);
    let order = json!({ "order": { "status": "placed", "total": null } });
    let of_a_parent = "now.order.total is not none and now.order.total.amount > 1000";
    check_unsaid(of_a_parent, order, skipped);
}

#[test]
fn a_read_that_a_limit_holds_back_is_no_try() {
    let until = after(clock().now(), Duration::from_secs(30));
    let (given, _) = asking("neither", Some(Err(NotRead::HeldBack { until })));
    given.handle().0.unwrap();
    let run = given.run();
    let step = &run.steps[&"do".into()];
    assert_eq!((step.state, step.attempts, step.next_at), (StepState::Retry, 0, Some(until)));
    assert_eq!(given.called.load(Ordering::Relaxed), 0);
}

/// A worker has claimed the step and died: nobody knows whether it called.
fn after_a_death(class: &str, says: Option<Result<Value, NotRead>>) -> (Given, Arc<Reads>) {
    let (given, reads) = asking(class, says);
    let claim = claim(
        &WakeUp::new(&"run_1".into(), &"do".into()),
        &"dead".into(),
        given.clock.now(),
        Times::STANDARD,
    );
    given.memory.commit(None, &[Command::Write(claim)]).now_or_never().unwrap().unwrap();
    let ended = Times::STANDARD.lease + LEASE_GRACE + Duration::from_secs(1);
    given.clock.advance_to(after(given.clock.now(), ended));
    given.handle().0.unwrap();
    (given, reads)
}

#[test]
fn what_may_have_happened_is_repeated_where_it_is_still_wanted_and_else_not_said_to_be_skipped() {
    let (given, _) = after_a_death("natural", order("placed"));
    assert_eq!(told(&given), "succeeded: done, 2 tries, 1 calls: ");
    let (given, _) = after_a_death("natural", order("cancelled"));
    let unknown = "no_longer_true, and an earlier try may have arrived";
    // The provider of these tests can be asked, and is; the read is no part of that.
    assert_eq!(told(&given), format!("active: unknown, 2 tries, 0 calls: {unknown}"));
    given.handle().0.unwrap();
    assert_eq!(told(&given), "succeeded: done, 2 tries, 0 calls: ");
}

#[test]
fn the_question_whether_it_happened_is_asked_without_a_read() {
    let (given, reads) = after_a_death("queryable", order("cancelled"));
    given.handle().0.unwrap();
    assert_eq!(given.run().state, RunState::Succeeded, "{}", told(&given));
    assert_eq!(given.called.load(Ordering::Relaxed), 0);
    assert_eq!(reads.asked.lock().unwrap().len(), 0);
}
