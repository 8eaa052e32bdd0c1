//! Steps that say themselves what they give.

use super::*;

/// The problems of a mail to what a call gave, where the call expects that.
#[track_caller]
fn check_after(expect: &str, to: &str, expected: &str) {
    let source = format!(
        "trigger: {{ event: order.placed, from: shop }}\nsteps:\n\
         \x20 - {{ id: first, uses: http.request, via: books, with: {{ {expect} }} }}\n\
         \x20 - {{ id: a, uses: email.send, via: mail, with: {{ to: '${{{{ {to} }}}}', subject: b }} }}\n"
    );
    let workflow = parse(&source).unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    assert_eq!(shown(&check(&workflow, &Words::new(), &connections())), expected, "{source}");
}

#[test]
fn what_a_step_expects_is_what_others_see_of_it() {
    let expect = "expect: { mail: text, total: integer, lines: [{ sku: text }], note?: text }";
    check_after(expect, "steps.first.body.mail", "");
    check_after(expect, "steps.first.body.lines[0].sku", "");
    check_after(
        expect,
        "steps.first.body.male",
        "4:60: unknown_path: `steps.first.body` has no `male` (it has mail, total, lines, note)",
    );
    check_after(
        expect,
        "steps.first.body.total",
        "4:60: type_mismatch: `to` must be text, but `steps.first.body.total` is a whole number",
    );
}

#[test]
fn without_an_expectation_anything_may_be_there() {
    check_after("method: GET", "steps.first.body.whatever", "");
    check_after("expect: '${{ trigger.data }}'", "steps.first.body.whatever", "");
    check_after("expect: any", "steps.first.body.whatever", "");
}

#[test]
fn what_is_no_expectation_is_a_problem_in_its_place() {
    check_after(
        "expect: { mail: txt }",
        "steps.first.body.mail",
        "3:66: expect_invalid: `expect.mail`: there is no type `txt`, but text, integer, number, \
         boolean, list, map, any",
    );
}
