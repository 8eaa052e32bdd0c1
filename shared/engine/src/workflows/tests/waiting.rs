//! Steps that wait for an event.

use super::*;

/// What is wrong with a workflow on placed orders with these steps.
fn check_steps(steps: &str, expected: &str) {
    let source = format!("trigger: {{ event: order.placed, from: shop }}\nsteps:\n{steps}");
    let said = match parse(&source) {
        Ok(workflow) => shown(&check(&workflow, &Words::new(), &connections())),
        Err(problems) => shown(&problems),
    };
    assert_eq!(said, expected, "{steps}");
}

/// The same of one step that waits so.
fn check_wait(wait: &str, expected: &str) {
    check_steps(&format!("  - {{ id: a, wait: {wait} }}\n"), expected);
}

#[test]
fn an_event_has_something_in_common_with_the_run_and_may_not_come() {
    check_wait("{ event: order.placed, key: trigger.order.number, for: 6h }", "");
    check_wait(
        "{ event: order.placed, from: shop, key: { run: trigger.order.number, event: trigger.order.number }, if: event.order.number != trigger.order.number, for: 366d }",
        "",
    );
    check_wait(
        "{ event: custom.go, key: { run: trigger.order.number, event: trigger.key }, if: event.data.count > 1, for: 1s }",
        "",
    );
}

#[test]
fn a_wait_for_an_event_says_what_is_wrong_with_it() {
    check_wait(
        "{ event: order.placed }",
        "3:20: missing_key: the key `for` is missing\n3:20: missing_key: the key `key` is missing",
    );
    check_wait(
        "{ event: order.placed, key: trigger.order.number, until: x }",
        "3:20: missing_key: the key `for` is missing\n3:70: unknown_key: there is no key `until` here (the keys are event, from, key, if, for)",
    );
    check_wait(
        "{ event: order.plaecd, key: trigger.order.number, for: 1h }",
        "3:29: unknown_event: there is no event `order.plaecd` (did you mean `order.placed`?)",
    );
    check_wait(
        "{ event: run.failed, key: trigger.run.id, for: 1h }",
        "3:29: event_unfit: no step waits for the end of a run (name an event of a connection, or one of your own)",
    );
    check_wait(
        "{ event: order.placed, from: mail, key: trigger.order.number, for: 1h }",
        "3:49: event_not_sent: `mail` is a connection to sendgrid, which does not send `order.placed` (name another connection as `from`)",
    );
    check_wait(
        "{ event: custom.go, from: shop, key: trigger.key, for: 1h }",
        "3:46: unknown_key: an event of your own comes from no connection",
    );
    check_wait(
        "{ event: order.placed, key: trigger.order.nummer, for: 1h }",
        "3:48: unknown_path: `trigger.order` has no `nummer` (did you mean `number`?)",
    );
    check_wait(
        "{ event: order.placed, key: { run: trigger.order.nummer, event: trigger.order.numer }, for: 1h }",
        "3:55: unknown_path: `trigger.order` has no `nummer` (did you mean `number`?)\n3:84: unknown_path: in `order.placed`, `trigger.order` has no `numer` (did you mean `number`?)",
    );
    check_wait(
        "{ event: order.placed, key: \"'all'\", for: 1h }",
        "3:49: unknown_path: `'all'` is the same for all events (refer to `trigger`, as in `trigger.order.id`)",
    );
    check_wait(
        "{ event: order.placed, key: trigger.order.number, if: event.order.nummer == '1', for: 1h }",
        "3:74: unknown_path: `event.order` has no `nummer` (did you mean `number`?)",
    );
    check_wait(
        "{ event: order.placed, key: { run: event.order.number, event: trigger.order.number }, for: 1h }",
        "3:55: unknown_path: there is no `event` (an expression begins with trigger, steps)",
    );
}

/// A step that tells of what came for the one before it.
fn check_told(before: &str, text: &str, condition: &str, expected: &str) {
    let wait = "wait: { event: order.placed, key: trigger.order.number, for: 6h }";
    check_steps(
        &format!(
            "  - {{ id: a, {before}{wait} }}\n  - {{ id: b, {condition}uses: chat.post, via: ops, with: {{ text: \"{text}\" }} }}\n"
        ),
        expected,
    );
}

#[test]
fn whoever_refers_to_what_came_asks_whether_it_did() {
    let came = "if: steps.a.event is not none, ";
    check_told("", "${{ steps.a.event.order.number }}", came, "");
    let inline = "${{ steps.a.event.order.number if steps.a.event is not none else 'none' }}";
    check_told("", inline, "", "");
    check_told("", "${{ steps.a.event is none }}", "", "");
    check_told(
        "",
        "${{ steps.a.event.order.number }}",
        "",
        "4:60: unguarded_output: `steps.a.event` is null when no event came in time (ask for `steps.a.event is not none` in an `if` around it)",
    );
    check_told(
        "",
        "${{ steps.a.event.order.nummer }}",
        came,
        "4:91: unknown_path: `steps.a.event.order` has no `nummer` (did you mean `number`?)",
    );
    check_told(
        "",
        "${{ steps.a.evnt }}",
        "",
        "4:60: unknown_path: `steps.a` has no `evnt` (it has event, status)",
    );
    // Whether it was reached at all is another question.
    check_told(
        "if: trigger.test, ",
        "${{ steps.a.event.order.number }}",
        came,
        "4:18: unguarded_output: `steps.a.event` is not there when the step `a` has not succeeded (add `| default(…)`, or ask for `steps.a.status == 'succeeded'`)\n4:91: unguarded_output: `steps.a.event.order.number` is not there when the step `a` has not succeeded (add `| default(…)`, or ask for `steps.a.status == 'succeeded'`)",
    );
}

#[test]
fn of_an_event_that_came_a_run_keeps_what_is_referred_to() {
    let members = |told: &str| {
        let source = format!(
            "trigger: {{ event: order.placed, from: shop }}\nsteps:\n  - {{ id: a, wait: {{ event: order.placed, key: trigger.order.number, for: 6h }} }}\n  - {{ id: b, if: steps.a.event is not none, uses: chat.post, via: ops, with: {{ text: \"{told}\" }} }}\n"
        );
        let workflow = parse(&source).unwrap();
        let step = workflow.step(&"a".into()).unwrap();
        Vec::from_iter(workflow.event_members(step))
    };
    assert_eq!(members("it came"), [""; 0]);
    assert_eq!(members("${{ steps.a.event.order.number }}"), ["order.number"]);
    assert_eq!(members("${{ steps.a.event | json }}"), [""]);
    assert_eq!(members("${{ steps.a | json }}"), [""]);
    assert_eq!(members("${{ steps.b.event.order.number }}"), [""; 0]);
}
