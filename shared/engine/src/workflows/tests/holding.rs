//! Events that become one run: `debounce` and `batch`.

use super::*;
use crate::holds::{HoldKind, HoldTerms};
use std::time::Duration;

fn source(holding: &str, step: &str) -> String {
    format!(
        "trigger: {{ event: order.placed, from: shop }}\n{holding}\nsteps:\n  - {{ id: a, emit: {{ event: custom.a, data: {{ x: \"${{{{ {step} }}}}\" }} }} }}\n"
    )
}

fn said(source: &str) -> String {
    match parse(source) {
        Ok(workflow) => shown(&check(&workflow, &Words::new(), &connections())),
        Err(problems) => shown(&problems),
    }
}

/// What is wrong with a workflow on placed orders that says this of its events, and of one of its steps.
#[track_caller]
fn check_holding(holding: &str, step: &str, expected: &str) {
    assert_eq!(said(&source(holding, step)), expected, "{holding}");
}

#[test]
fn a_debounce_has_a_key_and_a_batch_may_have_one() {
    let number = "trigger.order.number";
    for holding in [
        "debounce: { key: trigger.order.number, for: 2m }",
        "debounce: { key: \"${{ trigger.order.number }}\", for: 12h }",
    ] {
        check_holding(holding, number, "");
    }
    for holding in [
        "batch: { for: 2m }",
        "batch: { for: 2m, max: 1000 }",
        "batch: { key: trigger.order.number, for: 1s, max: 1 }",
    ] {
        check_holding(holding, "trigger.events[0].order.number", "");
    }
    let terms = |holding: &str| parse(&source(holding, "1")).unwrap().holding.unwrap().terms;
    let (minute, kind) = (Duration::from_secs(60), HoldKind::Batch);
    let batch = HoldTerms { kind, length: minute, max: 1_000 };
    assert_eq!(terms("batch: { for: 1m }"), batch);
    assert_eq!(terms("batch: { for: 1m, max: 7 }"), HoldTerms { max: 7, ..batch });
}

#[test]
fn what_is_wrong_with_a_debounce_or_a_batch_is_said_with_its_place() {
    for (holding, expected) in [
        ("debounce: 2m", "2:11: type_mismatch: `debounce` must be a map, but is text"),
        ("debounce: { for: 2m }", "2:11: missing_key: the key `key` is missing"),
        ("debounce: { key: trigger.order.number }", "2:11: missing_key: the key `for` is missing"),
        (
            "debounce: { key: trigger.order.number, for: 13h }",
            "2:45: delay_out_of_range: `for` must be 1 s–43200 s",
        ),
        (
            "debounce: { key: trigger.order.nummer, for: 2m }",
            "2:18: unknown_path: `trigger.order` has no `nummer` (did you mean `number`?)",
        ),
        (
            "debounce: { key: \"'a'\", for: 2m }",
            "2:19: unknown_path: `'a'` is the same for all events (refer to `trigger`, as in `trigger.order.id`)",
        ),
        (
            "debounce: { key: trigger.order.number, for: 2m, max: 3 }",
            "2:49: unknown_key: there is no key `max` here (the keys are key, for)",
        ),
        ("batch: { for: 2m, max: 0 }", "2:24: number_out_of_range: `max` must be 1–1000"),
        (
            "batch: { for: 2m, max: all }",
            "2:24: type_mismatch: `max` must be a whole number, but is text",
        ),
        (
            "batch: { for: 2m }\ndebounce: { key: trigger.order.number, for: 2m }",
            "2:8: unknown_key: a workflow takes `debounce` or `batch`, not both (a batch holds all events, debounce keeps the newest)",
        ),
        (
            "batch: { for: 2m }\ncancel_on: [ { event: order.placed, key: trigger.order.number } ]",
            "3:12: unknown_key: `cancel_on` makes no sense beside `batch` (one event has nothing in common with all of a batch)",
        ),
    ] {
        check_holding(holding, "1", expected);
    }
    let once = "trigger: { event: order.placed, from: shop, once_per: trigger.order.number }\n";
    let due = "trigger: { schedule: { every: 1h } }\n";
    let rest = "steps:\n  - { id: a, wait: { for: 1s } }\n";
    let debounce = "debounce: { key: trigger.order.number, for: 2m }\n";
    assert_eq!(
        said(&format!("{once}{debounce}{rest}")),
        "1:55: unknown_key: `once_per` makes no sense beside `debounce` (take `once_per` out: `key` says which events are one run)"
    );
    assert_eq!(
        said(&format!("{due}batch: {{ for: 2m }}\n{rest}")),
        "2:8: unknown_key: `batch` makes no sense beside `schedule` (each due time is one run by itself)"
    );
}

#[test]
fn a_run_with_a_batch_waits_for_no_event() {
    let wait = "{ id: w, wait: { event: order.placed, key: { run: '1', event: trigger.order.number }, for: 1h } }";
    let source = |holding: &str| {
        format!("trigger: {{ event: order.placed, from: shop }}\n{holding}\nsteps:\n  - {wait}\n")
    };
    let refused = said(&source("batch: { for: 2m }"));
    assert!(
        refused.contains("wait_not_here: a run with `batch` cannot wait for an event"),
        "{refused}"
    );
    let taken = said(&source("debounce: { key: trigger.order.number, for: 2m }"));
    assert!(!taken.contains("wait_not_here"), "{taken}");
}

#[test]
fn the_steps_of_a_batch_see_events_and_its_condition_one_of_them() {
    check_holding(
        "batch: { for: 2m }\nif: trigger.order.number == '1'",
        "trigger.order.number",
        "5:55: unknown_path: `trigger` has no `order` (it has events)",
    );
    check_holding(
        "batch: { for: 2m }\nif: trigger.events",
        "1",
        "3:5: unknown_path: `trigger` has no `events` (it has order, test, data)",
    );
}

fn references(steps: &str) -> Option<Vec<String>> {
    let source = format!(
        "trigger: {{ event: order.placed, from: shop }}\nbatch: {{ for: 2m }}\nsteps:\n{steps}"
    );
    let found = parse(&source).unwrap().batch_references();
    found.map(|paths| paths.into_iter().collect())
}

#[test]
fn of_the_events_of_a_batch_what_a_loop_over_them_refers_to_is_needed() {
    let each = |step: &str| {
        format!(
            "  - id: each\n    for_each: {{ items: \"${{{{ trigger.events }}}}\", as: one }}\n    steps:\n      - {{ id: a, emit: {{ event: custom.a, data: {{ x: \"${{{{ {step} }}}}\" }} }} }}\n"
        )
    };
    assert_eq!(
        references(&each("one.order.number")),
        Some(vec!["trigger.order.number".to_owned()])
    );
    assert_eq!(references(&each("1")), Some(Vec::new()));
    assert_eq!(references(&each("one")), None);
    assert_eq!(references(&each("trigger.events[0].order.number")), None);
    let asked = "    if: (trigger.events | first).order.number == '1'\n    for_each:";
    assert_eq!(references(&each("one.order.id").replace("    for_each:", asked)), None);
}
