//! Events that end a run.

use super::*;

/// What is wrong with a workflow on placed orders with this `cancel_on`.
fn check_cancel_on(cancel_on: &str, expected: &str) {
    let source = format!(
        "trigger: {{ event: order.placed, from: shop }}\ncancel_on: {cancel_on}\nsteps:\n  - {{ id: a, wait: {{ for: 1s }} }}\n"
    );
    let said = match parse(&source) {
        Ok(workflow) => shown(&check(&workflow, &Words::new(), &connections())),
        Err(problems) => shown(&problems),
    };
    assert_eq!(said, expected, "{cancel_on}");
}

#[test]
fn an_event_and_what_it_has_in_common_with_the_run() {
    check_cancel_on("[ { event: order.placed, key: trigger.order.number } ]", "");
    check_cancel_on(
        "[ { event: order.placed, from: shop, key: { run: trigger.order.number, event: trigger.order.number } } ]",
        "",
    );
    check_cancel_on(
        "[ { event: custom.stop, key: { run: trigger.order.number, event: trigger.key } } ]",
        "",
    );
}

#[test]
fn a_cancel_on_says_what_is_wrong_with_it() {
    for (cancel_on, expected) in [
        ("{ event: a.b }", "2:12: type_mismatch: `cancel_on` must be a list, but is a map"),
        ("[]", "2:12: missing_key: `cancel_on` needs an event"),
        ("[ { event: order.placed } ]", "2:14: missing_key: the key `key` is missing"),
        (
            "[ { event: order.placed, key: { run: trigger.order.number } } ]",
            "2:42: missing_key: the key `event` is missing",
        ),
        (
            "[ { event: order.placed, key: trigger.order.nummer } ]",
            "2:42: unknown_path: in `order.placed`, `trigger.order` has no `nummer` (did you mean `number`?)",
        ),
        (
            "[ { event: order.plaecd, key: trigger.order.number } ]",
            "2:23: unknown_event: there is no event `order.plaecd` (did you mean `order.placed`?)",
        ),
        (
            "[ { event: run.failed, key: trigger.order.number } ]",
            "2:23: event_unfit: the end of a run cancels no other (name an event of a connection, or one of your own)",
        ),
        (
            "[ { event: custom.a, from: shop, key: trigger.order.number } ]",
            "2:39: unknown_key: an event of your own comes from no connection",
        ),
        (
            "[ { event: order.placed, from: mail, key: trigger.order.number } ]",
            "2:43: event_not_sent: `mail` is a connection to sendgrid, which does not send `order.placed` (name another connection as `from`)",
        ),
        (
            "[ { event: order.placed, from: nowhere, key: trigger.order.number } ]",
            "2:43: unknown_connection: there is no connection `nowhere` in tradewind.yaml",
        ),
        (
            "[ { event: order.placed, key: steps.a.status } ]",
            "2:42: unknown_path: there is no `steps` here: both sides begin with `trigger`",
        ),
        (
            "[ { event: order.placed, key: \"'all'\" } ]",
            "2:43: unknown_path: `'all'` is the same for all events (refer to `trigger`, as in `trigger.order.id`)",
        ),
    ] {
        check_cancel_on(cancel_on, expected);
    }
}
