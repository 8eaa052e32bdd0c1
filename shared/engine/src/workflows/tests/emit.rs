//! Events of a project's own: emitting them, and listening.

use super::*;

/// What is wrong with a workflow of this trigger and this one step.
fn check_emit(trigger: &str, emit: &str, expected: &str) {
    let source = format!("trigger: {trigger}\nsteps:\n  - {{ id: tell, emit: {emit} }}\n");
    let said = match parse(&source) {
        Ok(workflow) => shown(&check(&workflow, &Words::new(), &connections())),
        Err(problems) => shown(&problems),
    };
    assert_eq!(said, expected, "{source}");
}

const PLACED: &str = "{ event: order.placed, from: shop }";

#[test]
fn an_event_has_a_name_of_its_own_a_key_and_data() {
    check_emit(PLACED, "{ event: custom.vip }", "");
    check_emit(
        PLACED,
        "{ event: custom.vip, key: \"${{ trigger.order.number }}\", data: { a: [1], n: \"${{ trigger.order.number }}\" } }",
        "",
    );
    check_emit(PLACED, "{ event: custom.vip, key: 17 }", "");
}

const NO_NAME: &str = "(write `custom.` and words of small letters, digits and `_`, with dots between them, at most 100 characters: custom.vip_order)";

#[test]
fn an_emit_says_what_is_wrong_with_it() {
    for name in ["order.placed", "custom.Vip", "custom.", "\"${{ trigger.order.number }}\""] {
        let bare = name.trim_matches('"');
        check_emit(
            PLACED,
            &format!("{{ event: {name} }}"),
            &format!(
                "3:32: event_name_invalid: `{bare}` is no name for an event of your own {NO_NAME}"
            ),
        );
    }
    check_emit(PLACED, "{}", "3:23: missing_key: the key `event` is missing");
    check_emit(
        PLACED,
        "{ event: custom.a, key: [1] }",
        "3:47: type_mismatch: `key` must be text, but is a list",
    );
    check_emit(
        PLACED,
        "{ event: custom.a, data: [1] }",
        "3:48: type_mismatch: `data` must be a map, but is a list",
    );
    check_emit(
        PLACED,
        "{ event: custom.a, via: mail }",
        "3:42: unknown_key: there is no key `via` here (the keys are event, key, data)",
    );
    check_emit(
        PLACED,
        "{ event: custom.a, key: \"${{ trigger.order.lines }}\" }",
        "3:52: type_mismatch: `key` must be text or a number, but `trigger.order.lines` is a list",
    );
    check_emit(
        "{ event: run.failed }",
        "{ event: custom.a }",
        "3:32: emit_not_here: a run that was started by a `run.…` event emits none (do here what is to be done, or emit where the run itself is)",
    );
}

#[test]
fn who_listens_to_an_event_of_its_own_names_no_connection() {
    check_emit(
        "{ event: custom.vip, from: shop }",
        "{ event: custom.a }",
        "1:37: unknown_key: an event of your own comes from no connection (leave `from` out: a step with `emit` makes it)",
    );
    check_emit(
        "{ event: custom.vip-1 }",
        "{ event: custom.a }",
        &format!(
            "1:19: event_name_invalid: `custom.vip-1` is no name for an event of your own {NO_NAME}"
        ),
    );
}

#[test]
fn of_an_emit_its_event_can_be_asked_for() {
    let source = |member: &str| {
        format!(
            "trigger: {PLACED}\nsteps:\n  - {{ id: tell, emit: {{ event: custom.a }} }}\n  - {{ id: say, uses: chat.post, via: ops, with: {{ text: \"${{{{ steps.tell.{member} }}}}\" }} }}\n"
        )
    };
    let said = |member: &str| {
        shown(&check(&parse(&source(member)).unwrap(), &Words::new(), &connections()))
    };
    assert_eq!(said("event_id"), "");
    assert_eq!(said("event"), "4:62: unknown_path: `steps.tell` has no `event` (it has event_id)");
}
