//! Expressions of descriptions, where undefined is null.

use super::*;
use crate::problems::Problem;

fn answer() -> Scope {
    let answer = json!({
        "status": 200,
        "text": "ok",
        "body": {
            "code": 5, "none": null, "word": "None", "list": [1, null, { "a": 1 }], "map": { "a": null },
            "total": { "amount": 5700, "currency": "EUR" }, "price": 12.5,
            "big": 9_007_199_254_740_993_u64, "not": { "in": 3 },
        },
    });
    Scope::of([("answer", &answer)])
}

fn expression(source: &str) -> Result<Expression, Problem> {
    Expression::compile_at(source, Place::START, true, Missing::IsNull)
}

fn check(source: &str, expected: Value) {
    let value = expression(source).unwrap().evaluate(&answer());
    assert_eq!(value.map_err(|error| error.to_string()), Ok(expected), "{source}");
}

fn check_fails(source: &str, expected: &str) {
    let error = match expression(source) {
        Ok(expression) => expression.evaluate(&answer()).unwrap_err().to_string(),
        // Without references it is known before.
        Err(problem) => problem.message.replace("the expression always fails: ", ""),
    };
    assert_eq!(error, expected, "{source}");
}

#[test]
fn undefined_is_null_at_any_depth() {
    for nothing in [
        "answer.nope",
        "answer.body.nope.deeper.still",
        "answer.body.none.deeper",
        "answer.body.code.deeper",
        "answer.body.list[7].a",
        "answer.body.nope[0]",
        "answer.nope[answer.nope]",
        "nobody.is.here",
        "[] | first",
        "1 if answer.body.nope",
    ] {
        check(nothing, json!(null));
        check(&format!("({nothing}) is none"), json!(true));
        check(&format!("({nothing}) is defined"), json!(false));
        check(&format!("({nothing}) is empty"), json!(true));
        check(&format!("({nothing}) == none"), json!(true));
        check(&format!("none != ({nothing})"), json!(false));
        check(&format!("({nothing}) in [none]"), json!(true));
        check(&format!("({nothing}) in [1, 'None', '']"), json!(false));
        check(&format!("({nothing}) in answer.text"), json!(false));
        check(&format!("'a' in ({nothing})"), json!(false));
        check(&format!("'a' not in ({nothing})"), json!(true));
        check(&format!("not ({nothing})"), json!(true));
        check(&format!("[({nothing}), {{'a': ({nothing})}}]"), json!([null, { "a": null }]));
        check(&format!("[({nothing})] | json"), json!("[null]"));
        check(&format!("[({nothing})] == [none]"), json!(true));
        check(&format!("({nothing}) | default(7)"), json!(7));
    }
}

#[test]
fn filters_of_one_value_pass_null_on() {
    let arguments = |name: &str| match crate::expressions::language::arguments_of(name).0 {
        0 => String::new(),
        1 => "('EUR')".to_owned(),
        _ => "('a', 'b')".to_owned(),
    };
    for name in crate::expressions::language::filter_names(Missing::IsNull) {
        for nothing in ["answer.body.nope.deeper", "answer.body.none"] {
            let source = format!("{nothing} | {name}{}", arguments(name));
            let expected = if name == "default" { json!("EUR") } else { json!(null) };
            check(&source, expected);
        }
    }
}

#[test]
fn comparisons_tell_values_apart_by_type_as_in_workflows() {
    check("answer.body.code == 5.0", json!(true));
    check("answer.body.code == '5'", json!(false));
    check("answer.body.code in [4, 5]", json!(true));
    check("answer.body.code not in [4, 5]", json!(false));
    check("not answer.body.code == 5 or answer.body.code in [5]", json!(true));
    check("answer.body.list == [1, none, {'a': 1}]", json!(true));
    check("{'a': 1} in answer.body.list", json!(true));
    check("answer.body.map == {'a': none}", json!(true));
    check("answer.body.map == {'b': none}", json!(false));
    check("'a' in answer.body.map", json!(true));
    check("'b' in answer.body.map", json!(false));
    check("'k' in answer.text", json!(true));
    check("answer.body.big == 9007199254740992", json!(false));
    // Members may be called like operators.
    check("answer.body.not.in == 3", json!(true));
    check("answer.body.not in [{'in': 3}]", json!(true));
    check("answer.status == 200 and answer.body.code not in [4]", json!(true));
    check("'a' if answer.body.nope not in [none] else 'b'", json!("b"));
    check(
        "{'a': answer.body.code == 5, 'b': [1 in [1], 2 != 2]}",
        json!({ "a": true, "b": [true, false] }),
    );
    check("answer.body.list[0] + 1 == 2", json!(true));
    check("answer.body.code > 4 and answer.body.nope != 5", json!(true));
    check("answer.body.list | contains(answer.nope)", json!(true));
    check("answer.body.list is containing(2)", json!(false));
    check("[{'a': 1}, {}] | map('a')", json!([1, null]));
}

#[test]
fn order_needs_values_and_text_needs_text() {
    check_fails(
        "answer.body.nope | length > 0",
        "template_null: `>` compares numbers or texts, but has null",
    );
    check_fails("answer.nope < 1", "template_null: `<` compares numbers or texts, but has null");
    check_fails(
        "1 in answer.text",
        "template_type: `in` looks for text in a text, but has a number",
    );
    check_fails(
        "1 in answer.status",
        "template_type: `in` looks into a text, a list or a map, but has a number",
    );
    check_fails(
        "answer.nope is starting_with('a')",
        "template_null: `starting_with` needs text, but has null",
    );
    let nothing = expression("answer.nope").unwrap();
    assert_eq!(
        nothing.text(&answer()).unwrap_err().to_string(),
        "template_null: null in a text; `| default('…')` gives it a value"
    );
    assert_eq!(
        nothing.holds(&answer()).unwrap_err().to_string(),
        "template_type: a condition must be true or false, but this is null"
    );
}

#[test]
fn chains_of_relations_are_refused() {
    for (source, column) in [
        ("answer.a == answer.b == answer.c", 22),
        ("answer.a in answer.b not in answer.c", 26),
        ("answer.a < answer.b == answer.c", 21),
        ("answer.a == answer.b not in answer.c", 26),
    ] {
        let problem = expression(source).unwrap_err();
        let expected = format!(
            "1:{column}: expression_invalid: comparisons cannot be chained (write `a < b and b < c`)"
        );
        assert_eq!(problem.to_string(), expected, "{source}");
    }
}

#[test]
fn workflows_know_neither_these_filters_nor_this_null() {
    check_refused(
        "trigger.order.number | blank",
        "1:24: unknown_filter: there is no filter `blank` (there are contains, date, decimal, default, \
         first, html, join, json, keys, last, length, lower, map, money, order_table, replace, round, \
         sort, split, sum, text, trim, truncate, unique, upper)",
    );
    super::check_error("trigger.order.nope == none", "template_undefined: trigger.order.nope");
}

#[test]
fn amounts_are_exact_or_an_error() {
    let euro = |amount: i64| json!({ "amount": amount, "currency": "EUR" });
    check("'57.00' | as_money('EUR')", euro(5700));
    check("'57' | as_money('eur')", euro(5700));
    check("'-0.05' | as_money('EUR')", euro(-5));
    check("12.5 | as_money('EUR')", euro(1250));
    check("0.1 | as_money('EUR')", euro(10));
    check("1234567.89 | as_money('EUR')", euro(123_456_789));
    check("100 | as_money('JPY')", json!({ "amount": 100, "currency": "JPY" }));
    check("'1.234' | as_money('KWD')", json!({ "amount": 1234, "currency": "KWD" }));
    let precise =
        "template_type: `as_money`: the amount has more decimals than the 2 of its currency";
    check_fails("'1.234' | as_money('EUR')", precise);
    check_fails("(0.1 + 0.2) | as_money('EUR')", precise);
    check_fails("0.0000001 | as_money('EUR')", precise);
    let no_number = "template_type: `as_money`: the amount is not a decimal number";
    for text in ["''", "' 1'", "'1,00'", "'1e3'", "'+1'", "'.5'", "'1.'"] {
        check_fails(&format!("{text} | as_money('EUR')"), no_number);
    }
    check_fails("1e300 | as_money('EUR')", "template_type: `as_money`: the amount is too large");
    check_fails(
        "'1' | as_money('XXY')",
        "currency_unknown: `as_money`: the currency is not in ISO 4217",
    );
    check_fails(
        "'1' | as_money(answer.nope)",
        "template_null: `as_money` needs a currency, but has null",
    );
    check_fails(
        "[] | as_money('EUR')",
        "template_type: `as_money` needs a decimal text or a number, but has a list",
    );

    check("1999 | minor('eur')", euro(1999));
    check_fails(
        "19.99 | minor('eur')",
        "template_type: `minor` needs a whole number, but has a number",
    );
    check_fails(
        "'1999' | minor('eur')",
        "template_type: `minor` needs a whole number, but has a text",
    );
    check_fails("1 | minor('XXY')", "currency_unknown: `minor`: the currency is not in ISO 4217");

    check("answer.body.total | negative", euro(-5700));
    check("answer.body.total | negative | negative", euro(5700));
    check("'0.00' | as_money('EUR') | negative", euro(0));
    check("answer.body.total | share(3)", euro(1900));
    check("answer.body.total | share(2.0)", euro(2850));
    for uneven in ["7", "0", "-3", "1.5", "answer.nope"] {
        check(&format!("answer.body.total | share({uneven})"), json!(null));
    }
    check_fails(
        "answer.body.total | share('3')",
        "template_type: `share` needs a number of parts, but has a text",
    );
}

#[test]
fn numbers_are_exact_or_an_error() {
    check("'57.00' | number", json!(57));
    check("'-57.50' | number", json!(-57.5));
    check("'0.1' | number", json!(0.1));
    check("'123456789012.345' | number", json!(123_456_789_012.345));
    check("answer.body.total | decimal | number", json!(57));
    check("answer.body.price | number", json!(12.5));
    check_fails("'1234567890123.456' | number", "template_type: `number` is exact to 15 digits");
    for text in ["''", "'1e3'", "'1,5'", "' 1'", "'.5'", "'NaN'", "'--1'"] {
        check_fails(
            &format!("{text} | number"),
            "template_type: `number`: the text is no decimal number",
        );
    }
    check_fails(
        "true | number",
        "template_type: `number` needs a decimal text, but has true or false",
    );
}

#[test]
fn times_are_read_in_four_forms() {
    let time = json!("2023-04-06T17:01:44Z");
    check("1680800504 | time('unix')", time.clone());
    check("'1680800504' | time('unix')", time.clone());
    check("1680800504000 | time('unix_ms')", time.clone());
    check("'Thu, 06 Apr 2023 19:01:44 +0200' | time('rfc2822')", time.clone());
    check("'2023-04-06T17:01:44' | time('utc')", time.clone());
    check("'2023-04-06 17:01:44' | time('utc')", time.clone());
    check("'2023-04-06T19:01:44+02:00' | time('utc')", time);
    for (value, form) in [
        ("'soon'", "unix"),
        ("99999999999999999", "unix"),
        ("'Thursday'", "rfc2822"),
        ("'2023-02-30T00:00:00'", "utc"),
        ("''", "utc"),
    ] {
        let expected = format!("date_invalid: `time`: the value is no time in the form '{form}'");
        check_fails(&format!("{value} | time('{form}')"), &expected);
    }
    check_fails(
        "1.5 | time('unix')",
        "template_type: `time` needs a whole number, but has a number",
    );
    let problem = expression("'1' | time('unixx')").unwrap_err();
    assert_eq!(
        problem.to_string(),
        "1:1: expression_invalid: the expression always fails: template_type: `time` knows 'unix', \
         'unix_ms', 'rfc2822' and 'utc'"
    );
}

#[test]
fn words_and_maps_of_vendors_become_ours() {
    check("'paid' | lookup({'paid': 'yes'})", json!("yes"));
    check("7 | lookup({'7': 'seven'})", json!("seven"));
    check("'other' | lookup({'paid': 'yes'})", json!(null));
    check_fails(
        "'a' | lookup([])",
        "template_type: `lookup` needs a map to look in, but has a list",
    );
    check("'' | blank", json!(null));
    check("' \t\n' | blank", json!(null));
    check("' a ' | blank", json!(" a "));
    check("0 | blank", json!(0));
    check("[] | blank", json!([]));
    check(
        "{'a': 1, 'b': true, 'c': '00', 'd': none, 'e': answer.nope, 'f': 1.5} | texts",
        json!({ "a": "1", "b": "true", "c": "00", "d": null, "e": null, "f": "1.5" }),
    );
    check_fails("{'a': []} | texts", "template_type: a list cannot be part of a text");
    check("{'a': 1} | with('b', 2)", json!({ "a": 1, "b": 2 }));
    check("{'a': 1, 'b': 2} | with('a', answer.nope)", json!({ "a": null, "b": 2 }));
    check_fails("{'a': 1} | with(1, 2)", "template_type: `with` needs text, but has a number");
    check("'no_service' | word", json!("no_service"));
    for text in ["no service", "", "T0A1B2", "a/b", "résumé", &"a".repeat(65)] {
        check_fails(&format!("'{text}' | word"), "template_type: `word`: the text is not one word");
    }
    check("'a &amp; b &lt;c&gt; &quot;&#39;&#x27;&apos;' | unescape", json!("a & b <c> \"'''"));
    check("'&#8217;&#038;&hellip;&nbsp;' | unescape", json!("\u{2019}&\u{2026}\u{a0}"));
    check(
        "'&amp;lt; &unknown; & &; &#0; &#xD800; &#7;' | unescape",
        json!("&lt; &unknown; & &; &#0; &#xD800; &#7;"),
    );
    check("'R&D &am' | unescape", json!("R&D &am"));
}

#[test]
fn a_name_cannot_become_a_second_address() {
    check("'Ada Example' | mailbox('ada@example.com')", json!("\"Ada Example\" <ada@example.com>"));
    check(
        "'Müller, A. \"x\" \\\\ <b@c>' | mailbox('a@b')",
        json!("\"Müller, A. \\\"x\\\" \\\\ <b@c>\" <a@b>"),
    );
    check("answer.nope | mailbox('a@b') | default('a@b')", json!("a@b"));
    check_fails(
        "'a\nb' | mailbox('a@b')",
        "template_type: `mailbox`: the name has a line break or a control character",
    );
    for address in ["a@b, c@d", "A <a@b>", ""] {
        check_fails(
            &format!("'a' | mailbox('{address}')"),
            "template_type: `mailbox`: the address is not one mail address",
        );
    }
    check_fails("'a' | mailbox(answer.nope)", "template_null: `mailbox` needs text, but has null");
}

#[test]
fn a_name_that_is_not_ascii_is_written_in_encoded_words() {
    check(
        "'Ada \"x\"' | ascii_mailbox('ada@example.com')",
        json!("\"Ada \\\"x\\\"\" <ada@example.com>"),
    );
    check("'Müller' | ascii_mailbox('a@b')", json!("=?UTF-8?B?TcO8bGxlcg==?= <a@b>"));
    // 24 times two bytes: the 23rd would end at byte 46.
    check(
        "'öööööööööööööööööööööööö' | ascii_mailbox('a@b')",
        json!(
            "=?UTF-8?B?w7bDtsO2w7bDtsO2w7bDtsO2w7bDtsO2w7bDtsO2w7bDtsO2w7bDtsO2w7Y=?= =?UTF-8?B?w7bDtg==?= <a@b>"
        ),
    );
    check("answer.nope | ascii_mailbox('a@b') | default('a@b')", json!("a@b"));
    check_fails(
        "'a\nb' | ascii_mailbox('a@b')",
        "template_type: `ascii_mailbox`: the name has a line break or a control character",
    );
    check_fails(
        "'a' | ascii_mailbox('a@b, c@d')",
        "template_type: `ascii_mailbox`: the address is not one mail address",
    );
}
