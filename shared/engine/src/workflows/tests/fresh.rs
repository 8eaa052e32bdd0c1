use super::*;
use crate::definitions::{DEFINITIONS_VERSION, FLOW_VERSION, version_form};
use serde_json::json;

/// The problems of a mail with this condition, in a workflow with this trigger.
fn check_still(trigger: &str, still: &str, expected: &str) {
    let source = format!(
        "{trigger}\nsteps:\n  - {{ id: a, uses: email.send, via: mail, only_if_still: \"{still}\", \
         with: {{ to: a, subject: b }} }}\n"
    );
    let workflow = parse(&source).unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    let mut connections = connections();
    connections.insert("till".into(), "till".into());
    assert_eq!(shown(&check(&workflow, &Words::new(), &connections)), expected, "{source}");
}

const PLACED: &str = "trigger: { event: order.placed, from: shop }";

#[test]
fn what_is_read_afresh_is_the_order() {
    check_still(PLACED, "now.order.number == trigger.order.number", "");
    check_still(
        PLACED,
        "now.order.stauts == 'placed'",
        "3:59: unknown_path: `now.order` has no `stauts` (it has id, number, total, customer, lines, metadata)",
    );
    check_still(
        PLACED,
        "trigger.order.number == '1'",
        "3:59: not_read_afresh: `only_if_still` asks nothing of `now.order`, which is read afresh (what the \
         event and the steps before say is asked for by `if`)",
    );
}

#[test]
fn there_is_an_order_and_somebody_who_reads_it() {
    let still = "now.order.number == '1'";
    check_still(
        "trigger: { event: run.failed }",
        still,
        "3:59: not_read_afresh: `run.failed` comes from no connection that could be asked",
    );
    check_still(
        "trigger: { event: customer.created, from: shop }",
        still,
        "3:59: not_read_afresh: `customer.created` does not say which order it is about",
    );
    check_still(
        "trigger: { event: order.placed, from: till }",
        still,
        "3:59: not_read_afresh: `till` is a connection to till, which cannot do `order.get`, by which \
         `now.order` is read (providers that can: commercelayer)",
    );
    check_still(
        "trigger: { event: order.placed, from: shop }\nbatch: { for: 2m }",
        still,
        "4:59: not_read_afresh: the run of a batch is about no order of its own",
    );
}

#[test]
fn nothing_else_sees_how_things_stand_now() {
    let source = "trigger: { event: order.placed, from: shop }\nsteps:\n  - { id: a, uses: email.send, via: mail, \
        if: \"now.order.number == '1'\", with: { to: a, subject: b } }\n";
    let workflow = parse(source).unwrap();
    assert_eq!(
        shown(&check(&workflow, &Words::new(), &connections())),
        "3:48: unknown_path: there is no `now` (`only_if_still` alone sees how things stand now)"
    );
    let source = "trigger: { event: a.b, from: shop }\nsteps:\n  - { id: w, wait: { for: 1m }, only_if_still: now.order.x }\n";
    assert_eq!(
        shown(&parse(source).unwrap_err()),
        "3:48: unknown_key: `only_if_still` belongs to a step with `uses`, and this one has `wait`"
    );
}

#[test]
fn the_outputs_of_such_a_step_need_a_guard() {
    let source = "trigger: { event: order.placed, from: shop }\nsteps:\n\
        \x20 - { id: a, uses: email.send, via: mail, only_if_still: \"now.order.number == '1'\", with: { to: a, subject: b } }\n\
        \x20 - { id: b, uses: chat.post, via: ops, with: { text: \"${{ steps.a.message_id }}\" } }\n";
    let workflow = parse(source).unwrap();
    let problems = shown(&check(&workflow, &Words::new(), &connections()));
    assert!(problems.contains("unguarded_output: `steps.a.message_id`"), "{problems}");
}

#[test]
fn a_run_keeps_the_id_of_the_order_and_older_programs_leave_the_version_alone() {
    let still = "trigger: { event: order.placed, from: shop }\nsteps:\n  - { id: a, uses: email.send, via: mail, \
        only_if_still: \"now.order.number == '1'\", with: { to: a, subject: b } }\n";
    let workflow = parse(still).unwrap();
    assert!(workflow.references().contains("trigger.order.id"));
    assert_eq!(version_form(&workflow, &[]), FLOW_VERSION);
    assert_eq!(version_form(&parse(EXAMPLE).unwrap(), &[]), DEFINITIONS_VERSION);
}

#[test]
fn events_name_their_order_in_different_places() {
    let order = |trigger: Value| order_of(&trigger).map(str::to_owned);
    assert_eq!(order(json!({ "order": { "id": "1" } })), Some("1".to_owned()));
    assert_eq!(order(json!({ "shipment": { "order_id": "2" } })), Some("2".to_owned()));
    assert_eq!(order(json!({ "payment": { "order_id": "3" } })), Some("3".to_owned()));
    assert_eq!(order(json!({ "payment": { "order_id": null } })), None);
    assert_eq!(order(json!({})), None);
}
