use super::*;

#[test]
fn operators_come_with_the_language() {
    check_value("trigger.order.total.amount > 0 and not trigger.test", true);
    check_value("trigger.order.total.amount * 2 + 1", 11401);
    check_value("trigger.order.total.amount // 100", 57);
    check_value("'a' in trigger.order.tags", true);
    check_value("'x' not in trigger.order.tags", true);
    check_value("1 if trigger.test else 2", 2);
    check_value("trigger.order.lines[1].name", "Gift");
    check_value("trigger['order']['number']", "1001");
    check_value("{'a': {'b': [1, none]}}", json!({ "a": { "b": [1, null] } }));
}

#[test]
fn whole_numbers_stay_whole() {
    check_value("9223372036854775807", i64::MAX);
    check_value("trigger.order.total.amount - 5700", 0);
    check_value("trigger.order.total.amount / 100", 57.0);
    check_error(
        "trigger.order.total.amount * 9223372036854775807",
        "template_type: the number is too large",
    );
}

#[test]
fn a_bare_expression_that_comes_to_nothing_is_an_error() {
    check_error("trigger.order.nope", "template_undefined: trigger.order.nope");
    check_error("trigger.nope.deeper", "template_undefined: trigger.nope.deeper");
    check_error("steps.other.url", "template_undefined: steps.other.url");
    check_error("failure.step", "template_undefined: failure.step");
    check_error("[trigger.order.nope]", "template_undefined: trigger.order.nope");
    check_error("{'a': trigger.order.nope}", "template_undefined: trigger.order.nope");
    check_error("trigger.order.nope == 1", "template_undefined: trigger.order.nope");
    check_error("trigger.order.nope | upper", "template_undefined: trigger.order.nope");
    let source = "trigger.order.lines[2:] | first";
    check_error(source, &format!("template_undefined: {source}"));
}

#[test]
fn a_whole_null_stays_null() {
    check_value("trigger.order.note", json!(null));
}

#[test]
fn a_condition_is_true_or_false() {
    let holds = |source: &str| compile(source).holds(&data()).map_err(|error| error.to_string());
    assert_eq!(holds("trigger.order.total.amount > 0"), Ok(true));
    assert_eq!(holds("${{ trigger.test }}"), Ok(false));
    let message = "template_type: a condition must be true or false, but this is a text";
    assert_eq!(holds("trigger.order.number"), Err(message.to_owned()));
    assert_eq!(
        holds("trigger.order.nope"),
        Err("template_undefined: trigger.order.nope".to_owned())
    );
}

#[test]
fn references_are_dotted_paths() {
    let references = |source: &str| {
        let expression = compile(source);
        expression.references().iter().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(references("trigger.order.customer.email"), "trigger.order.customer.email");
    assert_eq!(references("trigger['order'].lines[0].sku"), "trigger.order.lines");
    assert_eq!(references("trigger.order.lines[:1] | length"), "trigger.order.lines");
    assert_eq!(references("steps.a.x | default(trigger.b)"), "steps.a.x trigger.b");
    assert_eq!(
        references("trigger.a is not defined and trigger.b is containing trigger.c"),
        "trigger.a trigger.b trigger.c"
    );
    assert_eq!(references("'trigger.x' in trigger.is.not.and"), "trigger.is.not.and");
    assert_eq!(references("trigger.a if trigger.b else none"), "trigger.a trigger.b");
}

#[test]
fn references_are_those_the_library_sees() {
    for source in
        ["trigger.a.b + steps.x.y", "(trigger.a | default(steps.b)).c", "trigger.a[trigger.b]"]
    {
        let seen = super::super::language::environment(Missing::IsAnError)
            .compile_expression(source)
            .unwrap();
        let seen: std::collections::BTreeSet<_> =
            seen.undeclared_variables(true).into_iter().collect();
        assert_eq!(compile(source).references(), &seen, "{source}");
    }
}

#[test]
fn foreign_syntax_is_refused() {
    for (source, start) in [
        ("trigger.a ~ 'b'", "1:11: expression_invalid: `~` is not part of the language"),
        ("{% if a %}", "1:1: expression_invalid: `{% %}` is not part of the language"),
        ("{{ trigger.a }}", "1:1: expression_invalid: `{{` cannot stand within an expression"),
        ("trigger.a || trigger.b", "1:11: expression_invalid: `||` is not part of the language"),
        ("trigger.a && trigger.b", "1:11: expression_invalid: `&` is not part of the language"),
        ("!trigger.a", "1:1: expression_invalid: `!` is not part of the language"),
        ("trigger.items()", "1:9: unknown_function: there is no function `items`"),
        ("range(10)", "1:1: unknown_function: there is no function `range`"),
        ("trigger.a[0](1)", "1:13: expression_invalid: a value cannot be called"),
        ("'a", "1:1: expression_invalid: the string has no end"),
        ("", "1:1: expression_invalid: the expression is empty"),
        ("trigger.a = 1", "1:11: expression_invalid: `=` is not part of the language"),
        ("trigger.a >", "1:11: expression_invalid: "),
        ("trigger.a | default(*[1])", "1:21: expression_invalid: arguments cannot be unpacked"),
        ("trigger.a | default(x=1)", "1:22: expression_invalid: `=` is not part of the language"),
    ] {
        let problem = Expression::compile(source, Place::START).unwrap_err().to_string();
        assert!(problem.starts_with(start), "{problem}");
    }
}

#[test]
fn unknown_filters_and_tests_name_the_nearest() {
    check_refused(
        "trigger.a | defualt('')",
        "1:13: unknown_filter: there is no filter `defualt` (did you mean `default`?)",
    );
    check_refused(
        "trigger.a is defind",
        "1:14: unknown_test: there is no test `defind` (did you mean `defined`?)",
    );
    check_refused(
        "upper(trigger.a)",
        "1:1: unknown_function: there is no function `upper` (there are filters: write `value | upper`)",
    );
    check_refused(
        "trigger.a | join",
        "1:13: expression_invalid: the filter `join` takes 1 arguments, not 0",
    );
    check_refused(
        "trigger.a | replace('(', [1, 2], 3)",
        "1:13: expression_invalid: the filter `replace` takes 2 arguments, not 3",
    );
}

#[test]
fn what_always_fails_is_refused() {
    for source in ["1 // 0", "1 + 'a'", "'x' | decimal", "'x' * 10000000"] {
        let problem = Expression::compile(source, Place::START).unwrap_err();
        assert_eq!(problem.code, "expression_invalid", "{source}");
    }
}

#[test]
fn endless_work_runs_out_of_fuel() {
    check_error("trigger.order.number * 1000000000", "template_limit: fuel");
    check_error("(trigger.order.tags * 900000) | join('')", "template_limit: items");
    check_error("'x' in (trigger.order.tags * 900000)", "template_limit: fuel");
    check_error("trigger.order.tags * 900000", "template_limit: output");
    let twice = "trigger.order.tags * 900000 == trigger.order.tags * 900000";
    check_error(twice, "template_limit: fuel");
    check_error("trigger.order.number * 90000", "template_limit: output");
    check_error(
        "(trigger.order.number * 50000) | replace('1', trigger.order.number * 50000)",
        "template_limit: output",
    );
    check_error(
        "(trigger.order.tags * 5000) | join(trigger.order.number * 5000)",
        "template_limit: output",
    );
}

#[test]
fn long_and_deep_expressions_are_refused() {
    let refused = |source: String| Expression::compile(&source, Place::START).unwrap_err().message;
    assert!(refused("[".repeat(33) + &"]".repeat(33)).contains("32 deep"));
    assert!(refused("1+".repeat(251) + "1").contains("250 operations"));
    assert!(refused("not ".repeat(251) + "true").contains("250 operations"));
    assert!(refused(format!("'{}'", "x".repeat(SOURCE_BYTES_MAX))).contains("longer than"));
}

#[test]
fn the_largest_expressions_fit_a_small_stack() {
    let check = || {
        for source in [
            format!("1{}", " if true else 1".repeat(250)),
            "1+".repeat(250) + "1",
            "not ".repeat(250) + "true",
            format!("trigger{}", ".a".repeat(250)),
            format!("'a'{}", " | upper".repeat(250)),
            format!("{}1{}", "(".repeat(32), ")".repeat(32)),
            format!("{}1{}", "-(".repeat(32), ")".repeat(32)),
        ] {
            let expression = compile(&source);
            let _ = expression.evaluate(&data());
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(check).unwrap().join().unwrap();
}

#[test]
fn values_never_appear_in_messages() {
    for source in [
        "trigger.order.customer.email + 1",
        "trigger.order.customer.email | decimal",
        "trigger.order.customer.email | date('%d')",
        "trigger.order.customer.email - 1",
        "trigger.order.lines | sort",
        "trigger.order.lines | map('email')",
        "-trigger.order.customer.email",
        "trigger.order.customer.email | round",
    ] {
        let error = compile(source).evaluate(&data()).unwrap_err();
        assert!(!format!("{error:?}").contains("example.com"), "{error:?}");
    }
}

#[test]
fn evaluation_does_not_copy_the_data() {
    let lines: Vec<_> = (0..20_000).map(|i| json!({ "sku": format!("s{i}") })).collect();
    let scope = Scope::new(&json!({ "lines": lines, "id": "o1" }), &json!({}));
    let expression = compile("trigger.id");
    for _ in 0..20_000 {
        assert_eq!(expression.evaluate(&scope).unwrap(), json!("o1"));
    }
}

#[test]
fn order_is_between_numbers_or_between_texts() {
    check_value("trigger.order.total.amount >= 5700 and 1 < 1.5 and not 2 <= 1", true);
    check_value("trigger.order.placed_at < '2027-01-01T00:00:00Z'", true);
    check_value("1 + 2 > 2 * 1 if 'a' | length < 2 else false", true);
    check_value("[(1 > 2) == false, {'a': 2 > 1}]", json!([true, { "a": true }]));
    check_value("trigger.order.nope is not defined or trigger.order.nope > 3", true);
    check_value("3 > (2 if 1 < 2 else 5)", true);
    check_value("(trigger.order.lines | length) - 1 < trigger.order.lines | length", true);
    check_value("-1 < 0 and 'a > b' > 'a < b'", true);
    check_error(
        "trigger.order.note > 0",
        "template_null: `>` compares numbers or texts, but has null",
    );
    check_error(
        "trigger.order.number > 3",
        "template_type: `>` compares numbers or texts, but has a text and a number",
    );
    check_error(
        "trigger.order.tags <= 1",
        "template_type: `<=` compares numbers or texts, but has a list and a number",
    );
    check_error("trigger.order.nope < 3", "template_undefined: trigger.order.nope");
    check_refused(
        "1 < trigger.order.total.amount < 3",
        "1:32: expression_invalid: comparisons cannot be chained (write `a < b and b < c`)",
    );
}
