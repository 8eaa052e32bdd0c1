use super::*;

fn problems_of(source: &str) -> String {
    let workflow = parse(source).unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    shown(&check(&workflow, &Words::new(), &connections()))
}

fn check_problems(source: &str, expected: &str) {
    assert_eq!(problems_of(source), expected, "{source}");
}

/// The problems of one step with this `with`, at an `email.send`.
fn check_with(with: &str, expected: &str) {
    let source = format!(
        "trigger: {{ event: order.placed, from: shop }}\nsteps:\n  - id: a\n    uses: email.send\n\
         \x20   via: mail\n    with: {with}\n"
    );
    check_problems(&source, expected);
}

/// The problems of steps after `first`, an `email.send` with these keys.
fn check_after(first: &str, rest: &str, expected: &str) {
    let source = format!(
        "trigger: {{ event: order.placed, from: shop }}\nsteps:\n\
         \x20 - {{ id: first, uses: email.send, via: mail, {first} with: {{ to: a, subject: b }} }}\n{rest}"
    );
    check_problems(&source, expected);
}

#[test]
fn the_example_of_the_design_is_right() {
    // The customer is optional in the schema of these tests, as null: that is known when it runs.
    check_problems(EXAMPLE, "");
}

#[test]
fn events_actions_and_connections_must_be_known() {
    check_problems(
        "trigger: { event: order.palced, from: shopp }\nsteps:\n  - { id: a, uses: emial.send, via: mial }",
        "1:19: unknown_event: there is no event `order.palced` (did you mean `order.placed`?)\n\
         1:39: unknown_connection: there is no connection `shopp` in tradewind.yaml (did you mean `shop`?)\n\
         3:20: unknown_action: there is no action `emial.send` (did you mean `email.send`?)\n\
         3:37: unknown_connection: there is no connection `mial` in tradewind.yaml (did you mean `mail`?)",
    );
}

#[test]
fn connections_must_send_and_serve() {
    check_problems(
        "trigger: { event: order.placed, from: mail }\nsteps:\n\
         \x20 - { id: a, uses: chat.post, via: mail, with: { text: x } }",
        "1:39: event_not_sent: `mail` is a connection to sendgrid, which does not send `order.placed` \
         (it comes from `shop`)\n\
         3:36: action_not_served: `mail` is a connection to sendgrid, which cannot do `chat.post` \
         (providers that can: slack)",
    );
}

#[test]
fn fields_of_with_are_those_of_the_action() {
    check_with(
        "{ to: a, subjet: b }",
        "6:11: missing_field: `with` needs the field `subject`\n\
         6:20: unknown_field: `with` has no field `subjet` (did you mean `subject`?)",
    );
    check_with(
        "{ to: a, subject: b, html: null, copies: [{ address: x }], track: true, weight: 1 }",
        "",
    );
    check_with("{ to: '${{ trigger.order.id }}', subject: b, copies: '${{ [] }}' }", "");
}

#[test]
fn of_fields_that_are_needed_together_one_list_has_to_be_there() {
    let check_post = |with: &str, expected: &str| {
        let source = format!(
            "trigger: {{ event: order.placed, from: shop }}\nsteps:\n  - id: a\n    uses: chat.post\n\
             \x20   via: ops\n    with: {with}\n"
        );
        check_problems(&source, expected);
    };
    check_post("{ text: x }", "");
    check_post("{ text: '${{ trigger.order.id }}', about: x }", "");
    check_post("{ template: x, about: y }", "");
    let missing = "6:11: missing_field: `with` needs `text`, or `template` and `about`";
    for with in ["{}", "{ template: x }", "{ about: x }", "{ text: null }", "{ text: , about: x }"]
    {
        check_post(with, missing);
    }
    check_post(
        "{ text: 1, abuot: x }",
        "6:19: type_mismatch: `text` must be text or null, but is a whole number (put it in quotes)\n6:22: unknown_field: `with` has no field `abuot` (did you mean `about`?)",
    );
}

#[test]
fn literals_have_the_type_of_their_field() {
    check_with(
        "{ to: 00123, subject: 12, track: yes, html: [1] }",
        "6:33: type_mismatch: `subject` must be text, but is a whole number (put it in quotes)\n\
         6:44: type_mismatch: `track` must be true or false, but is text\n\
         6:55: type_mismatch: `html` must be text or null, but is a list",
    );
    check_with(
        "{ to: a, subject: b, track: 'x ${{ trigger.order.id }}' }",
        "6:39: type_mismatch: `track` must be true or false, but is text",
    );
    check_with(
        "{ to: a, subject: b, copies: [{ adress: x }] }",
        "6:41: missing_field: `copies[0]` needs the field `address`\n\
         6:43: unknown_field: `copies[0]` has no field `adress` (did you mean `address`?)",
    );
    check_with("{ to: a, subject: b, priority: low }", "");
    check_with(
        "{ to: a, subject: b, priority: lwo }",
        "6:42: unknown_value: `priority` must be one of high, low (did you mean `low`?)",
    );
}

#[test]
fn paths_have_the_type_of_their_field() {
    check_with(
        "{ to: '${{ trigger.order.total }}', subject: '${{ trigger.order.total.amount }}' }",
        "6:22: type_mismatch: `to` must be text, but `trigger.order.total` is a map\n\
         6:61: type_mismatch: `subject` must be text, but `trigger.order.total.amount` is a whole \
         number",
    );
    check_with(
        "{ to: '${{ trigger.order.total | money }}', subject: '${{ trigger.data }}', \
         weight: '${{ trigger.order.total.amount }}', track: '${{ trigger.test }}' }",
        "",
    );
}

#[test]
fn paths_must_be_in_the_schema() {
    check_with(
        "{ to: '${{ trigger.order.costumer.email }}', subject: '${{ trigger.order.customer.mail }}' }",
        "6:22: unknown_path: `trigger.order` has no `costumer` (did you mean `customer`?)\n\
         6:70: unknown_path: `trigger.order.customer` has no `mail` (did you mean `email`?)",
    );
    check_with(
        "{ to: '${{ trigger.order.lines.sku }}', subject: '${{ trigger.order.number.x }}' }",
        "6:22: unknown_path: `trigger.order.lines` is a list and has no `sku` (take one, as in \
         `trigger.order.lines[0].sku`, or `| map('sku')`)\n\
         6:65: unknown_path: `trigger.order.number` is text and has no `x`",
    );
    check_with(
        "{ to: '${{ trigger.order.metadata.anything }}', subject: '${{ trigger.data.any.thing }}' }",
        "",
    );
    check_with(
        "{ to: '${{ env.MAIL }}', subject: '${{ triger.order.id }}' }",
        "6:22: unknown_path: there is no `env` (settings and secrets belong in tradewind.yaml)\n\
         6:50: unknown_path: there is no `triger` (did you mean `trigger`?)",
    );
    check_problems(
        "trigger: { event: order.placed, from: shop, once_per: trigger.order.nubmer }\n\
         if: steps.a.status == 'failed'\nsteps:\n\
         \x20 - { id: a, uses: email.send, via: mail, with: { to: a, subject: b } }",
        "1:55: unknown_path: `trigger.order` has no `nubmer` (did you mean `number`?)\n\
         2:5: unknown_step: the step `a` has not run yet here",
    );
}

#[test]
fn steps_refer_to_earlier_steps_only() {
    check_after(
        "",
        "  - { id: b, uses: chat.post, via: ops, with: { text: '${{ steps.c.id }} ${{ steps.frist.id }}' } }\n\
         \x20 - { id: c, uses: chat.post, via: ops, with: { text: '${{ steps.c.id }}' } }\n",
        "4:60: unknown_step: the step `c` has not run yet here\n\
         4:78: unknown_step: there is no step `frist` (did you mean `first`?)\n\
         5:60: unknown_step: the step `c` has not run yet here",
    );
    check_after(
        "",
        "  - { id: b, uses: chat.post, via: ops, with: { text: '${{ steps.first.mesage_id }}' } }\n",
        "4:60: unknown_path: `steps.first` has no `mesage_id` (did you mean `message_id`?)",
    );
}

#[test]
fn outputs_that_may_be_missing_need_a_guard() {
    let post = |expression: &str| {
        format!(
            "  - {{ id: b, uses: chat.post, via: ops, with: {{ text: \"${{{{ {expression} }}}}\" }} }}\n"
        )
    };
    let unguarded = "4:60: unguarded_output: `steps.first.message_id` is not there when the step \
        `first` has not succeeded (add `| default(…)`, or ask for `steps.first.status == \
        'succeeded'`)";
    let plain = post("steps.first.message_id");
    check_after("", &plain, "");
    check_after("on_error: continue,", &plain, unguarded);
    check_after("if: trigger.test,", &plain, unguarded);
    for guarded in [
        "steps.first.message_id | default('none')",
        "steps.first.message_id if steps.first.status == 'succeeded' else 'none'",
        "steps.first.status",
    ] {
        check_after("on_error: continue,", &post(guarded), "");
    }
    check_after(
        "on_error: continue,",
        "  - id: b\n    uses: chat.post\n    via: ops\n    if: steps.first.status == 'succeeded'\n\
         \x20   with: { text: '${{ steps.first.message_id }}' }\n",
        "",
    );
}

#[test]
fn after_a_failure_no_output_is_sure() {
    check_after(
        "",
        "on_failure:\n  - { uses: chat.post, via: ops, with: { text: '${{ steps.first.message_id }}' } }\n",
        "5:53: unguarded_output: `steps.first.message_id` is not there when the step `first` has \
         not succeeded (add `| default(…)`, or ask for `steps.first.status == 'succeeded'`)",
    );
    check_after(
        "",
        "on_failure:\n  - { uses: chat.post, via: ops, with: { text: 'x ${{ failure.run }} ${{ failure.atempts }}' } }\n",
        "5:74: unknown_path: `failure` has no `atempts` (did you mean `attempts`?)",
    );
    check_after(
        "",
        "  - { id: b, uses: chat.post, via: ops, with: { text: '${{ failure.step }}' } }\n",
        "4:60: unknown_path: `failure` can be used in `on_failure` only",
    );
}

/// The problems of a loop over these items with a step of this text, and of a step behind it.
fn check_loop(items: &str, within: &str, behind: &str, expected: &str) {
    let source = format!(
        "trigger: {{ event: order.placed, from: shop }}\nsteps:\n  - id: each\n    \
         for_each: {{ items: '${{{{ {items} }}}}', as: line }}\n    steps:\n      \
         - {{ id: say, uses: chat.post, via: ops, with: {{ text: \"${{{{ {within} }}}}\" }} }}\n  \
         - {{ id: last, uses: chat.post, via: ops, with: {{ text: \"${{{{ {behind} }}}}\" }} }}\n"
    );
    check_problems(&source, expected);
}

#[test]
fn the_items_of_a_loop_are_a_list_and_known_to_its_steps_alone() {
    check_loop("trigger.order.lines", "line.sku", "steps.each.status", "");
    check_loop(
        "trigger.order.number",
        "line.anything",
        "steps.each.failures | map('reason') | join(', ')",
        "4:29: type_mismatch: `items` must be a list, but `trigger.order.number` is text",
    );
    check_loop(
        "trigger.order.lines",
        "line.skuu",
        "line.sku",
        "6:66: unknown_path: `line` has no `skuu` (did you mean `sku`?)\n\
         7:63: unknown_path: there is no `line` (an expression begins with trigger, steps)",
    );
    check_loop(
        "trigger.order.lines",
        "lin.sku",
        "steps.each.doen",
        "6:66: unknown_path: there is no `lin` (did you mean `line`?)\n\
         7:63: unknown_path: `steps.each` has no `doen` (did you mean `done`?)",
    );
    check_loop(
        "trigger.order.lines",
        "steps.each.status",
        "steps.say.status",
        "6:66: unknown_step: the step `each` has not run yet here\n\
         7:63: unknown_step: what `say` gives is not kept: it is done with each item of `each` \
         (`steps.each` has done, failed, skipped and failures, after the loop)",
    );
}
