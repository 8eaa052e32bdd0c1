use super::*;

const ROUTES: &str = "
trigger: { event: order.placed, from: shop }
steps:
  - id: route
    choose:
      - if: trigger.order.total.amount > 100
        steps:
          - { id: large, uses: chat.post, via: ops, with: { text: x } }
          - id: inner
            choose:
              - else:
                  - { id: deep, wait: { for: 2h } }
      - else:
          - { id: small, wait: { until: \"2026-12-24T08:00:00Z\" } }
  - { id: last, wait: { until: \"${{ trigger.order.number }}\" } }
on_failure:
  - choose:
      - else:
          - { id: alarm, uses: chat.post, via: ops, with: { text: x } }
";

#[test]
fn steps_within_others_have_the_path_of_their_route() {
    let workflow = parse(ROUTES).unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    let paths: Vec<_> = workflow.all_steps().map(|step| (step.path.as_str(), step.id())).collect();
    assert_eq!(
        paths,
        [
            ("route", Some("route")),
            ("route[0].large", Some("large")),
            ("route[0].inner", Some("inner")),
            ("route[0].inner[0].deep", Some("deep")),
            ("route[1].small", Some("small")),
            ("last", Some("last")),
            ("on_failure[0]", None),
            ("on_failure[0][0].alarm", Some("alarm")),
        ]
    );
    let kind = |path: &str| &workflow.step(&path.into()).unwrap().kind;
    let StepKind::Wait(WaitFor::Duration(two_hours)) = kind("route[0].inner[0].deep") else {
        panic!("a wait")
    };
    assert_eq!(two_hours.as_secs(), 7_200);
    assert!(matches!(kind("last"), StepKind::Wait(WaitFor::Moment(_))));
    let references: Vec<String> = workflow.references().into_iter().collect();
    assert_eq!(references, ["trigger.order.number", "trigger.order.total.amount"]);
}

const SAID: &str = r#"{ id: a, wait: { for: 30 } }
  3:27: type_mismatch: `for` must be a length of time (write it as in 20s, 30m, 24h or 2d)
{ id: a, wait: 30m }
  3:20: type_mismatch: `wait` must be a map, but is text
{ id: a, wait: {} }
  3:20: missing_key: `wait` needs `for`, `until` or `event` (write `for: 30m`, or `until:` with a moment, or `event:` with `key` and `for`)
{ id: a, wait: { for: 1m, until: x } }
  3:38: unknown_key: `wait` takes `for` or `until`, not both
{ id: a, wait: { until: tomorrow } }
  3:29: type_mismatch: `until` must be a moment (write it as in "2026-12-24T08:00:00Z" or as an expression, `${{ … }}`)
{ id: a, wait: { for: 400d } }
  3:27: delay_out_of_range: `for` must be 1 s–366 d
{ id: a, wait: { event: order.paid, for: 1h } }
  3:20: missing_key: the key `key` is missing
{ id: a, wait: { for: 1m }, via: mail }
  3:38: unknown_key: `via` belongs to a step with `uses`, and this one has `wait`
{ id: a, wait: { for: 1m }, uses: x.y, via: mail }
  3:20: unknown_key: a step has `uses` or `wait`, not both
{ id: a, choose: [] }
  3:22: missing_key: `choose` needs a route
{ id: a, on_error: continue, choose: [ { else: [ { id: b, wait: { for: 1s } } ] } ] }
  3:24: unknown_key: `on_error` says nothing of the steps on a route: give it to each of them
{ id: a, choose: { if: x } }
  3:22: type_mismatch: `choose` must be a list, but is a map
{ id: a, choose: [ { if: "true" } ] }
  3:24: missing_key: the key `steps` is missing
{ id: a, choose: [ { steps: [ { id: b, wait: { for: 1s } } ] } ] }
  3:24: missing_key: the key `if` is missing
{ id: a, choose: [ { else: [] } ] }
  3:32: missing_key: `else` needs a step
{ id: a, choose: [ { else: [ { id: b, wait: { for: 1s } } ], if: x } ] }
  3:70: unknown_key: `else` stands alone: it holds the steps itself
{ id: a, choose: [ { if: "true", steps: [ { wait: { for: 1s } } ] } ] }
  3:47: missing_key: the key `id` is missing
{ id: a }
  3:5: missing_key: a step does something: `uses`, `choose`, `wait`, `for_each`, `emit` or `approval` is missing
{ id: a, for_each: { items: "${{ trigger.x }}" } }
  3:5: missing_key: the key `steps` is missing
{ id: a, for_each: { items: "${{ trigger.x }}" }, steps: [] }
  3:62: missing_key: `steps` needs a step
{ id: a, for_each: {}, steps: [ { id: b, wait: { for: 1s } } ] }
  3:24: missing_key: the key `items` is missing
{ id: a, for_each: { items: x }, steps: [ { id: b, wait: { for: 1s } } ] }
  3:33: type_mismatch: `items` must be a list (write it as one expression, as in "${{ trigger.order.lines }}")
{ id: a, for_each: { items: [], as: Line }, steps: [ { id: b, wait: { for: 1s } } ] }
  3:41: id_invalid: `as` is small letters, digits and `_`, and begins with a letter
{ id: a, for_each: { items: [], as: steps }, steps: [ { id: b, wait: { for: 1s } } ] }
  3:41: id_invalid: `steps` means something else in expressions (call the item by another name)
{ id: a, for_each: { items: [], as: x }, steps: [ { id: b, for_each: { items: [], as: x }, steps: [ { id: c, wait: { for: 1s } } ] } ] }
  3:91: duplicate_id: a loop around this one calls its item `x` already
{ id: a, for_each: { items: [], concurrency: 26 }, steps: [ { id: b, wait: { for: 1s } } ] }
  3:50: type_mismatch: `concurrency` must be a number from 1 to 25
{ id: a, for_each: { items: [], every: 2 }, steps: [ { id: b, wait: { for: 1s } } ] }
  3:37: unknown_key: there is no key `every` here (the keys are items, as, concurrency)
{ id: a, wait: { for: 1s }, steps: [] }
  3:40: unknown_key: `steps` belongs to a step with `for_each`, and this one has `wait`"#;

#[test]
fn a_form_says_what_is_wrong_with_it() {
    let steps = [
        "{ id: a, wait: { for: 30 } }",
        "{ id: a, wait: 30m }",
        "{ id: a, wait: {} }",
        "{ id: a, wait: { for: 1m, until: x } }",
        "{ id: a, wait: { until: tomorrow } }",
        "{ id: a, wait: { for: 400d } }",
        "{ id: a, wait: { event: order.paid, for: 1h } }",
        "{ id: a, wait: { for: 1m }, via: mail }",
        "{ id: a, wait: { for: 1m }, uses: x.y, via: mail }",
        "{ id: a, choose: [] }",
        "{ id: a, on_error: continue, choose: [ { else: [ { id: b, wait: { for: 1s } } ] } ] }",
        "{ id: a, choose: { if: x } }",
        "{ id: a, choose: [ { if: \"true\" } ] }",
        "{ id: a, choose: [ { steps: [ { id: b, wait: { for: 1s } } ] } ] }",
        "{ id: a, choose: [ { else: [] } ] }",
        "{ id: a, choose: [ { else: [ { id: b, wait: { for: 1s } } ], if: x } ] }",
        "{ id: a, choose: [ { if: \"true\", steps: [ { wait: { for: 1s } } ] } ] }",
        "{ id: a }",
        "{ id: a, for_each: { items: \"${{ trigger.x }}\" } }",
        "{ id: a, for_each: { items: \"${{ trigger.x }}\" }, steps: [] }",
        "{ id: a, for_each: {}, steps: [ { id: b, wait: { for: 1s } } ] }",
        "{ id: a, for_each: { items: x }, steps: [ { id: b, wait: { for: 1s } } ] }",
        "{ id: a, for_each: { items: [], as: Line }, steps: [ { id: b, wait: { for: 1s } } ] }",
        "{ id: a, for_each: { items: [], as: steps }, steps: [ { id: b, wait: { for: 1s } } ] }",
        "{ id: a, for_each: { items: [], as: x }, steps: [ { id: b, for_each: { items: [], as: x }, steps: [ { id: c, wait: { for: 1s } } ] } ] }",
        "{ id: a, for_each: { items: [], concurrency: 26 }, steps: [ { id: b, wait: { for: 1s } } ] }",
        "{ id: a, for_each: { items: [], every: 2 }, steps: [ { id: b, wait: { for: 1s } } ] }",
        "{ id: a, wait: { for: 1s }, steps: [] }",
    ];
    let said = steps.map(|step| {
        let source = format!("trigger: {{ event: a.b, from: shop }}\nsteps:\n  - {step}\n");
        format!("{step}\n  {}", shown(&parse(&source).unwrap_err()).replace('\n', "\n  "))
    });
    assert_eq!(said.join("\n"), SAID);
}

#[test]
fn else_comes_last_and_ids_are_unique_everywhere() {
    let problems = parse(
        "trigger: { event: a.b, from: shop }\nsteps:\n  - id: a\n    choose:\n      - else:\n          - { id: a, wait: { for: 1s } }\n      - { if: \"true\", steps: [ { id: b, wait: { for: 1s } } ] }\n",
    );
    assert_eq!(
        shown(&problems.unwrap_err()),
        "6:11: else_not_last: nothing comes after `else`: it is taken whenever no other route is\n\
         6:19: duplicate_id: the id `a` is already on line 3"
    );
}

#[test]
fn steps_stand_three_deep_and_no_deeper() {
    let mut inner = "[ { id: last, wait: { for: 1s } } ]".to_owned();
    for depth in 0..4 {
        inner = format!("[ {{ id: c{depth}, choose: [ {{ else: {inner} }} ] }} ]");
        let source = format!("trigger: {{ event: a.b, from: shop }}\nsteps: {inner}\n");
        let parsed = parse(&source).map(|_| ()).map_err(|problems| shown(&problems));
        match depth {
            0..3 => assert_eq!(parsed, Ok(()), "{depth}"),
            _ => {
                assert!(parsed.unwrap_err().contains("too_deep: steps may stand 3 deep"), "{depth}")
            }
        }
    }
}

/// The problems of a workflow whose route `r` thanks by mail where the amount is large, and of what comes
/// after it.
fn check_routes(rest: &str, expected: &str) {
    let source = format!(
        "trigger: {{ event: order.placed, from: shop }}\nsteps:\n  - id: r\n    choose:\n      - if: trigger.order.total.amount > 1\n        steps:\n          - {{ id: mail, uses: email.send, via: mail, with: {{ to: a, subject: b }} }}\n{rest}"
    );
    let workflow = parse(&source).unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    assert_eq!(shown(&check(&workflow, &Words::new(), &connections())), expected, "{rest}");
}

#[test]
fn outputs_of_a_route_are_there_on_it_and_need_a_guard_elsewhere() {
    let post = |text: &str| {
        format!("{{ id: tell, uses: chat.post, via: ops, with: {{ text: \"{text}\" }} }}")
    };
    let sent = "${{ steps.mail.message_id }}";
    check_routes(&format!("          - {}\n", post(sent)), "");
    check_routes(
        &format!("      - else:\n          - {}\n", post(sent)),
        "9:71: unguarded_output: `steps.mail.message_id` is not there when the step `mail` has not succeeded (add `| default(…)`, or ask for `steps.mail.status == 'succeeded'`)",
    );
    check_routes(&format!("  - {}\n", post("${{ steps.mail.message_id | default('none') }}")), "");
    check_routes(
        &format!(
            "  - id: s\n    choose:\n      - if: steps.mail.status == 'succeeded'\n        steps: [ {} ]\n",
            post(sent)
        ),
        "",
    );
    check_routes(
        &format!("  - {}\n", post("${{ steps.r.taken }}")),
        "8:63: unknown_path: `steps.r` has nothing but a `status`",
    );
}

const LOOPS: &str = "
trigger: { event: order.placed, from: shop }
steps:
  - id: each
    for_each: { items: \"${{ trigger.order.lines }}\", as: line, concurrency: 3 }
    steps:
      - id: inner
        for_each: { items: \"${{ line.options }}\" }
        steps:
          - id: route
            choose:
              - else:
                  - { id: say, uses: chat.post, via: ops, with: { text: x } }
on_failure:
  - { uses: chat.post, via: ops, with: { text: x } }
";

#[test]
fn a_step_within_a_loop_is_found_by_the_path_of_any_item() {
    let workflow = parse(LOOPS).unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    let paths: Vec<_> = workflow.all_steps().map(|step| step.path.as_str()).collect();
    let say = "each[].inner[].route[0].say";
    assert_eq!(paths, ["each", "each[].inner", "each[].inner[].route", say, "on_failure[0]"]);
    let found = workflow.step(&"each[317].inner[4].route[0].say".into()).unwrap();
    assert_eq!((found.path.as_str(), found.id()), (say, Some("say")));
    let each = workflow.step(&"each".into()).and_then(Step::loops).unwrap();
    assert_eq!((each.name.as_str(), each.concurrency), ("line", 3));
    let inner = workflow.step(&"each[0].inner".into()).and_then(Step::loops).unwrap();
    assert_eq!((inner.name.as_str(), inner.concurrency), ("item", CONCURRENCY_DEFAULT));
}

#[test]
fn a_loop_stands_neither_below_on_failure_nor_too_deep() {
    let problems = parse(
        "trigger: { event: a.b, from: shop }\nsteps:\n  - { id: a, wait: { for: 1s } }\non_failure:\n  - { id: l, for_each: { items: [] }, steps: [ { id: b, wait: { for: 1s } } ] }\n",
    );
    assert_eq!(
        shown(&problems.unwrap_err()),
        "5:24: loop_not_here: a loop cannot stand below `on_failure` \
         (what is said of the failure is said once: `failure.step` names the item)"
    );
    let mut inner = "[ { id: last, wait: { for: 1s } } ]".to_owned();
    for depth in 0..4 {
        inner = format!(
            "[ {{ id: l{depth}, for_each: {{ items: [], as: i{depth} }}, steps: {inner} }} ]"
        );
        let source = format!("trigger: {{ event: a.b, from: shop }}\nsteps: {inner}\n");
        assert_eq!(parse(&source).is_ok(), depth < 3, "{depth}");
    }
}
