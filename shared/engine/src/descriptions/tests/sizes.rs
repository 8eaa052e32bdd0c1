//! How large a file may be, to the last one that fits and the first that does not.

use super::refusals::check_refused;
use super::*;

/// So many lines of the same.
fn repeated(times: usize, line: impl Fn(usize) -> String) -> String {
    (0..times).map(line).collect()
}

#[test]
fn a_file_has_a_largest_size() {
    let comment = |bytes: usize| format!("#{}", "x".repeat(bytes));
    let problem = Description::parse(&comment(FILE_BYTES_MAX)).unwrap_err();
    assert_eq!(shown(&problem), "1:1: file_too_large: the file is larger than 128 KB");
    let problem = Description::parse(&comment(FILE_BYTES_MAX - 1)).unwrap_err();
    assert_eq!(shown(&problem), "1:1: type_mismatch: a provider must be a map, but is nothing");
}

#[test]
fn actions_rules_reasons_topics_and_expressions_are_counted() {
    let own = |number: usize| {
        format!("  acme.a{number}: {{ class: neither, post: /a, input: {{}}, output: {{}} }}\n")
    };
    let actions = |more: usize| format!("{}  email.send:\n", repeated(more, own));
    check_refused("  email.send:\n", &actions(ACTIONS_MAX - 1), "");
    let expected = "13:3: too_many: a provider has at most 20 actions";
    check_refused("  email.send:\n", &actions(ACTIONS_MAX), expected);

    let class = "    class: neither\n";
    let rules = |count: usize| {
        let rule = |_| "      - { status: [404], then: refused }\n".to_owned();
        format!("{class}    judge:\n{}", repeated(count, rule))
    };
    check_refused(class, &rules(RULES_MAX), "");
    check_refused(class, &rules(RULES_MAX + 1), "16:7: too_many: `judge` has more than 20 entries");

    let reasons = |count: usize| {
        format!("{class}    reason:\n{}", repeated(count, |_| "      - no\n".to_owned()))
    };
    check_refused(class, &reasons(REASONS_MAX), "");
    check_refused(
        class,
        &reasons(REASONS_MAX + 1),
        "16:7: too_many: `reason` has more than 5 entries",
    );

    let topics = |count: usize| {
        format!(
            "topics: [{}]",
            repeated(count, |number| format!("t{number}, ")).trim_end_matches(", ")
        )
    };
    check_refused("topics: [a]", &topics(TOPICS_MAX), "");
    check_refused(
        "topics: [a]",
        &topics(TOPICS_MAX + 1),
        "24:5: too_many: a trigger has at most 60 topics",
    );

    // The file has five of its own.
    let members = |count: usize| {
        format!(
            "{{ {}to: \"${{{{ input.to }}}}\" }}",
            repeated(count, |number| format!("m{number}: \"${{{{ key }}}}\", "))
        )
    };
    let to = "{ to: \"${{ input.to }}\" }";
    check_refused(to, &members(EXPRESSIONS_MAX - 4), "");
    let expected = "1:1: too_many: the file has more than 400 expressions";
    check_refused(to, &members(EXPRESSIONS_MAX - 3), expected);

    let ways = |count: usize| {
        let way = |_| "      - { if: true, post: /a }\n".to_owned();
        format!("    either:\n{}", repeated(count, way))
    };
    let post = "    post: /mails\n    json: { to: \"${{ input.to }}\" }\n";
    check_refused(post, &ways(WAYS_MAX), "");
    check_refused(post, &ways(WAYS_MAX + 1), "16:7: too_many: `either` is 2 to 3 ways");
    check_refused(post, &ways(1), "16:7: too_many: `either` is 2 to 3 ways");
}

#[test]
fn forms_nest_to_a_depth() {
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let to = "{ to: \"${{ input.to }}\" }";
    check_refused(to, &nested(FORM_DEPTH_MAX - 1), "");
    check_refused(
        to,
        &nested(FORM_DEPTH_MAX),
        "16:43: yaml_too_deep: lists and maps are nested more than 32 deep here",
    );
}
