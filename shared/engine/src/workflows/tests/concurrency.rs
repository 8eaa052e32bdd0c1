//! Runs that wait for each other: `concurrency`.

use super::*;

fn source(holding: &str, concurrency: &str) -> String {
    format!(
        "trigger: {{ event: order.placed, from: shop }}\n{concurrency}\n{holding}\nsteps:\n  - {{ id: a, wait: {{ for: 1s }} }}\n"
    )
}

/// What is wrong with a workflow on placed orders that says this.
#[track_caller]
fn check_with(holding: &str, concurrency: &str, expected: &str) {
    let said = match parse(&source(holding, concurrency)) {
        Ok(workflow) => shown(&check(&workflow, &Words::new(), &connections())),
        Err(problems) => shown(&problems),
    };
    assert_eq!(said, expected, "{concurrency}");
}

#[test]
fn a_key_may_be_left_out_and_is_what_the_steps_see() {
    for concurrency in [
        "concurrency: { max: 1 }",
        "concurrency: { key: trigger.order.number, max: 100 }",
        "concurrency: { key: \"trigger.order.customer.email | default('none')\", max: 1 }",
        "concurrency: { key: \"${{ trigger.order.customer.email }}\", max: 1 }",
        "concurrency: { key: \"${{ trigger.order.number | lower }}\", max: 2 }",
    ] {
        check_with("", concurrency, "");
    }
    let batch = "batch: { for: 1m }";
    check_with(batch, "concurrency: { key: 'trigger.events[0].order.number', max: 1 }", "");
    check_with(
        batch,
        "concurrency: { key: trigger.order.number, max: 1 }",
        "2:21: unknown_path: `trigger` has no `order` (it has events)",
    );
    let workflow =
        parse(&source("", "concurrency: { key: trigger.order.number, max: 3 }")).unwrap();
    assert_eq!(workflow.concurrency.as_ref().unwrap().max, 3);
    assert!(workflow.references().contains("trigger.order.number"));
}

#[test]
fn the_events_of_a_batch_are_kept_whole_for_the_key() {
    let of = |concurrency: &str| {
        let workflow = parse(&source("batch: { for: 1m }", concurrency)).unwrap();
        workflow.batch_references()
    };
    assert_eq!(of("concurrency: { max: 1 }"), Some(Default::default()));
    assert_eq!(of("concurrency: { key: 'trigger.events[0].order.number', max: 1 }"), None);
}

#[test]
fn what_is_wrong_with_it_is_said_with_its_place() {
    for (concurrency, expected) in [
        (
            "concurrency: 1",
            "2:14: type_mismatch: `concurrency` must be a map, but is a whole number",
        ),
        ("concurrency: {}", "2:14: missing_key: the key `max` is missing"),
        ("concurrency: { max: 0 }", "2:21: number_out_of_range: `max` must be 1–100"),
        ("concurrency: { max: 101 }", "2:21: number_out_of_range: `max` must be 1–100"),
        (
            "concurrency: { max: one }",
            "2:21: type_mismatch: `max` must be a whole number, but is text",
        ),
        (
            "concurrency: { max: 1, by: trigger.order.number }",
            "2:24: unknown_key: there is no key `by` here (the keys are key, max)",
        ),
        (
            "concurrency: { key: trigger.order.nummer, max: 1 }",
            "2:21: unknown_path: `trigger.order` has no `nummer` (did you mean `number`?)",
        ),
        (
            "concurrency: { key: trigger.order, max: 1 }",
            "2:21: type_mismatch: `key` must be a text or a number, but `trigger.order` is a map",
        ),
        (
            "concurrency: { key: steps.a.status, max: 1 }",
            "2:21: unknown_step: the step `a` has not run yet here",
        ),
        (
            "concurrency: { key: \"'all'\", max: 1 }",
            "2:22: unknown_path: `'all'` is the same for all events (leave `key` out, or refer to `trigger`, as in `trigger.order.number`)",
        ),
    ] {
        check_with("", concurrency, expected);
    }
}
