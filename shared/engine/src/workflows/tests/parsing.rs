use super::*;

pub(super) fn check_problems(source: &str, expected: &str) {
    assert_eq!(shown(&parse(source).unwrap_err()), expected, "{source}");
}

/// The problems of a step, written in flow style, in a workflow that is otherwise right.
fn check_step(step: &str, expected: &str) {
    let source = format!("trigger: {{ event: a.b, from: shop }}\nsteps:\n  - {step}\n");
    check_problems(&source, expected);
}

#[test]
fn the_example_of_the_design_is_read_in_full() {
    let workflow = parse(EXAMPLE).unwrap();
    assert_eq!(workflow.id, "order-confirmation".into());
    assert_eq!(workflow.name.as_deref(), Some("Order confirmation"));
    assert!(workflow.enabled);
    assert_eq!(workflow.trigger.event, "order.placed");
    assert_eq!(workflow.trigger.from, Some("shop".into()));
    assert_eq!(workflow.trigger.place, Place { line: 4, column: 10 });
    assert_eq!(workflow.trigger.once_per.as_ref().unwrap().source(), "trigger.order.id");
    assert_eq!(workflow.condition.as_ref().unwrap().place(), Place { line: 7, column: 5 });
    let paths: Vec<_> = workflow.all_steps().map(|step| step.path.as_str()).collect();
    assert_eq!(paths, ["confirm", "log", "on_failure[0]"]);
    let confirm = workflow.step(&"confirm".into()).and_then(Step::action).unwrap();
    assert_eq!(confirm.uses, "email.send".into());
    assert_eq!(confirm.via, "mail".into());
    assert_eq!(confirm.on_unknown, Some(OnUnknown::Hold));
    assert_eq!(confirm.timeout, Duration::from_secs(20));
    let log = workflow.step(&"log".into()).and_then(Step::action).unwrap();
    let retry = Retry { attempts: 8, over: Some(Duration::from_secs(24 * 3600)) };
    assert_eq!(log.retry, Some(retry));
    assert!(workflow.step(&"on_failure[0]".into()).is_some());
    assert!(workflow.step(&"nope".into()).is_none());
}

#[test]
fn a_workflow_knows_what_it_needs_of_its_event() {
    let references = parse(EXAMPLE).unwrap().references();
    let references: Vec<_> = references.iter().map(String::as_str).collect();
    assert_eq!(
        references,
        [
            "trigger.order.customer.email",
            "trigger.order.id",
            "trigger.order.lines",
            "trigger.order.number",
            "trigger.order.total",
            "trigger.order.total.amount",
            "trigger.test",
        ]
    );
}

#[test]
fn all_problems_of_a_file_are_reported_in_their_order() {
    check_problems(
        "nam: x\ntrigger:\n  event: order.placed\n  once_per: trigger.order ~ 'x'\nsteps:\n\
         \x20 - id: Bad-Id\n    uses: email.send\n    vai: mail\n    with:\n      to: ${{ trigger.x | uper }}\n",
        "1:1: unknown_key: there is no key `nam` here (did you mean `name`?)\n\
         3:3: missing_key: the key `from` is missing (name the connection the event comes from)\n\
         4:27: expression_invalid: `~` is not part of the language (join text as in `a ${{ x }} b`)\n\
         6:5: missing_key: the key `via` is missing\n\
         6:9: id_invalid: an id is small letters, digits and `_`, and begins with a letter\n\
         8:5: unknown_key: there is no key `vai` here (did you mean `via`?)\n\
         10:27: unknown_filter: there is no filter `uper` (did you mean `upper`?)",
    );
}

#[test]
fn what_is_planned_says_so() {
    check_problems(
        "trigger: { event: a.b, from: shop }\nsteps:\n  - { id: m, uses: a.b, via: m, only_if_still: \"now.x == 'y'\" }\n",
        "3:33: not_yet_supported: `only_if_still` is part of the language, but not supported yet",
    );
}

#[test]
fn only_run_events_come_from_no_connection() {
    assert!(parse("trigger: { event: run.failed }\nsteps: [{ id: a, uses: a.b, via: c }]").is_ok());
    check_problems(
        "trigger: { event: order.placed }\nsteps: [{ id: a, uses: a.b, via: c }]",
        "1:10: missing_key: the key `from` is missing (name the connection the event comes from)",
    );
}

#[test]
fn a_workflow_has_a_trigger_and_at_least_one_step() {
    check_problems(
        "name: x",
        "1:1: missing_key: the key `trigger` is missing\n1:1: missing_key: the key `steps` is missing",
    );
    check_problems(
        "trigger: { event: run.failed }\nsteps: []",
        "2:8: missing_key: a workflow needs a step",
    );
    check_problems("", "1:1: type_mismatch: a workflow must be a map, but is nothing");
    check_step("{ uses: a.b, via: c }", "3:5: missing_key: the key `id` is missing");
    check_step("{ id: a, uses: a.b }", "3:5: missing_key: the key `via` is missing");
}

#[test]
fn at_most_a_hundred_steps_stand_in_a_file() {
    let file = |steps: usize| {
        let steps: String =
            (0..steps).map(|n| format!("  - {{ id: s{n}, uses: a.b, via: c }}\n")).collect();
        format!("trigger: {{ event: run.failed }}\nsteps:\n{steps}")
    };
    assert_eq!(parse(&file(100)).unwrap().steps.len(), 100);
    check_problems(&file(101), "103:5: too_many_steps: a workflow has at most 100 steps");
    check_problems(
        &format!("{}on_failure:\n  - {{ uses: a.b, via: c }}", file(100)),
        "104:5: too_many_steps: a workflow has at most 100 steps",
    );
}

#[test]
fn ids_are_unique_across_the_file() {
    check_problems(
        "trigger: { event: run.failed }\nsteps:\n  - { id: a, uses: a.b, via: c }\non_failure:\n\
         \x20 - { id: a, uses: a.b, via: c }",
        "5:11: duplicate_id: the id `a` is already on line 3",
    );
    let workflow = parse(
        "trigger: { event: run.failed }\nsteps:\n  - { id: a, uses: a.b, via: c }\non_failure:\n\
         \x20 - { id: b, uses: a.b, via: c }",
    );
    let workflow = workflow.unwrap();
    assert_eq!(workflow.on_failure[0].path, "on_failure.b".into());
    assert_eq!(workflow.on_failure[0].id(), Some("b"));
}

#[test]
fn lengths_of_time_have_a_unit_and_limits() {
    for (text, seconds) in [("20s", 20), ("30m", 1800), ("24h", 86_400), ("2d", 172_800)] {
        assert_eq!(parse_duration(text), Some(Duration::from_secs(seconds)));
    }
    for text in ["", "s", "20", "1.5h", "-1s", "1w", "1 h", "1hm", "é"] {
        assert_eq!(parse_duration(text), None, "{text}");
    }
    let step = |keys: &str| format!("{{ id: a, uses: a.b, via: c, {keys} }}");
    check_step(&step("timeout: 51s"), "3:42: delay_out_of_range: `timeout` must be 1 s–50 s");
    check_step(&step("timeout: 0s"), "3:42: delay_out_of_range: `timeout` must be 1 s–50 s");
    check_step(
        &step("timeout: -1s"),
        "3:42: delay_out_of_range: `timeout` cannot be negative (write it as in 20s, 30m, 24h or 2d)",
    );
    check_step(
        &step("timeout: 20"),
        "3:42: type_mismatch: `timeout` must be a length of time (write it as in 20s, 30m, 24h or 2d)",
    );
    check_step(
        &step("retry: { attempts: 2, over: 400d }"),
        "3:61: delay_out_of_range: `over` must be 1 s–366 d",
    );
    check_step(
        &step("timeout: 99999999999999999999d"),
        "3:42: delay_out_of_range: `timeout` must be 1 s–50 s",
    );
}

#[test]
fn retries_are_one_to_fifty_attempts() {
    let step = |attempts: &str| {
        format!("{{ id: a, uses: a.b, via: c, retry: {{ attempts: {attempts} }} }}")
    };
    check_step(&step("0"), "3:52: out_of_range: `attempts` must be 1 to 50");
    check_step(&step("51"), "3:52: out_of_range: `attempts` must be 1 to 50");
    check_step(
        &step("many"),
        "3:52: type_mismatch: `attempts` must be a whole number, but is text",
    );
}

#[test]
fn choices_and_types_are_checked() {
    let step = |keys: &str| format!("{{ id: a, uses: a.b, via: c, {keys} }}");
    check_step(
        &step("on_error: stop"),
        "3:43: unknown_value: `on_error` must be `fail` or `continue`",
    );
    check_step(
        &step("on_unknown: x"),
        "3:45: unknown_value: `on_unknown` must be `hold` or `retry`",
    );
    check_step(&step("with: x"), "3:39: type_mismatch: `with` must be a map, but is text");
    check_step(
        &step("name: 12"),
        "3:39: type_mismatch: `name` must be text, but is a whole number (put it in quotes)",
    );
    check_problems(
        "enabled: NO\ntrigger: { event: run.failed }\nsteps: [{ id: a, uses: a.b, via: c }]",
        "1:10: type_mismatch: `enabled` must be true or false, but is text",
    );
}

#[test]
fn names_are_short_and_visible() {
    check_step(
        &format!("{{ id: a, name: {}, uses: a.b, via: c }}", "x".repeat(201)),
        "3:20: text_too_long: `name` is longer than 200 characters",
    );
    check_step(
        "{ id: a, name: \"a\\u202Eb\", uses: a.b, via: c }",
        "3:20: text_control: `name` holds a control or invisible character",
    );
}

#[test]
fn yaml_errors_end_the_reading() {
    check_problems(
        "trigger: { event: run.failed }\ntrigger: 1\nsteps: []",
        "2:1: duplicate_key: the key `trigger` is already on line 1",
    );
}
