use super::*;

#[test]
fn money_is_written_by_its_exponent() {
    check_value("trigger.order.total | decimal", "57.00");
    check_value("trigger.order.total | money", "57.00 EUR");
    check_value("trigger.order.yen | decimal", "5700");
    check_value("trigger.order.yen | money", "5700 JPY");
    check_value("trigger.order.dinar | decimal", "5.700");
    check_value("{'amount': -5, 'currency': 'EUR'} | decimal", "-0.05");
    check_error(
        "trigger.order.odd | decimal",
        "currency_unknown: `decimal`: the currency is not in ISO 4217",
    );
    check_error(
        "trigger.order.total.amount | decimal",
        "template_type: `decimal` needs money, which is a map of a whole `amount` and a `currency`, \
         but has a number",
    );
    check_error(
        "{'amount': 1.5, 'currency': trigger.order.total.currency} | money",
        "template_type: `money` needs money, which is a map of a whole `amount` and a `currency`",
    );
}

#[test]
fn text_filters_take_text_only() {
    check_value("trigger.order.customer.email | upper", "A@EXAMPLE.COM");
    check_value("'ABC' | lower", "abc");
    check_value("' a ' | trim", "a");
    check_value("'grüße' | length", 5);
    check_value("'grüße' | truncate(3)", "grü");
    check_value("'a-b-c' | replace('-', '+')", "a+b+c");
    check_value("'a,b' | split(',')", json!(["a", "b"]));
    check_value("12 | text", "12");
    check_value("true | text", "true");
    check_value("trigger.order.total | json", r#"{"amount":5700,"currency":"EUR"}"#);
    check_error(
        "trigger.order.total.amount | upper",
        "template_type: `upper` needs text, but has a number",
    );
    check_error("trigger.order.note | upper", "template_null: `upper` needs text, but has null");
    check_error("trigger.order.tags | text", "template_type: a list cannot be part of a text");
}

#[test]
fn default_stands_in_for_undefined_and_null() {
    check_value("trigger.order.nope | default('-')", "-");
    check_value("trigger.order.note | default('-')", "-");
    check_value("steps.confirm.url | default('')", "");
    check_value("trigger.order.number | default('-')", "1001");
    check_value("trigger.test | default(true)", false);
    check_value("[] | first | default(none)", json!(null));
}

#[test]
fn list_filters_keep_types() {
    check_value("trigger.order.tags | first", "b");
    check_value("trigger.order.tags | last", "b");
    check_value("trigger.order.tags | join(', ')", "b, a, b");
    check_value("trigger.order.tags | sort", json!(["a", "b", "b"]));
    check_value("trigger.order.tags | unique", json!(["b", "a"]));
    check_value("trigger.order.lines | length", 2);
    check_value("trigger.order.lines | map('name')", json!(["Mug <red>", "Gift"]));
    check_value("trigger.order.lines | map('total.amount')", json!([2500, 3200]));
    check_value("trigger.order.lines | sort('quantity') | map('quantity')", json!([1, 2]));
    check_value("trigger.order.total | keys", json!(["amount", "currency"]));
    check_value("trigger.order.tags | contains('a')", true);
    check_error(
        "trigger.order.lines | map('sku') | join(',')",
        "template_null: null in a text; `| default('…')` gives it a value",
    );
    check_error(
        "trigger.order.lines | map('nope')",
        "template_undefined: `map`: an item has no `nope`",
    );
    check_error(
        "[trigger.order.number, 1] | sort",
        "template_type: `sort` needs all texts or all numbers",
    );
}

#[test]
fn sums_are_whole_numbers_or_money_in_one_currency() {
    check_value("trigger.order.lines | sum('quantity')", 3);
    check_value("trigger.order.lines | sum('total') | money", "57.00 EUR");
    check_value("[1, 2] | sum", 3);
    check_value("[] | sum", 0);
    check_error(
        "[trigger.order.total, trigger.order.yen] | sum",
        "template_type: `sum` needs one currency",
    );
    check_error(
        "[1.5, trigger.order.total.amount] | sum",
        "template_type: `sum` needs whole numbers or money, but has a number",
    );
}

#[test]
fn numbers_round_halves_away_from_zero() {
    check_value("2.5 | round", 3);
    check_value("-2.5 | round", -3);
    check_value("7 | round", 7);
}

#[test]
fn dates_are_utc() {
    check_value("trigger.order.placed_at | date('%d.%m.%Y %H:%M')", "31.01.2026 22:15");
    check_value("'2026-01-31T23:30:00-02:00' | date('%Y-%m-%d')", "2026-02-01");
    check_error(
        "trigger.order.number | date('%d')",
        "date_invalid: `date`: the text is no RFC 3339 time",
    );
    check_error(
        "trigger.order.placed_at | date('%!')",
        "template_type: `date`: the format is no strftime format",
    );
}

#[test]
fn tests_say_what_a_value_is() {
    check_value("trigger.order.nope is defined", false);
    check_value("trigger.order.note is defined", true);
    check_value("trigger.order.note is none", true);
    check_value("trigger.order.number is not none", true);
    check_value("trigger.order.tags is empty", false);
    check_value("'' is empty and [] is empty and {} is empty and none is empty", true);
    check_value("trigger.order.number is starting_with('10')", true);
    check_value("trigger.order.number is ending_with '01'", true);
    check_value("trigger.order.tags is containing('z')", false);
    check_error("trigger.order.nope is none", "template_undefined: trigger.order.nope");
}

#[test]
fn what_an_order_does_not_tell_is_an_empty_cell() {
    let line =
        json!({ "sku": null, "name": "Gift", "quantity": null, "unit_price": null, "total": null });
    let scope = Scope::new(&json!({ "order": { "lines": [line] } }), &json!({}));
    let table = compile("trigger.order.lines | order_table").evaluate(&scope).unwrap();
    let row = table.as_str().unwrap().split("<tbody>").nth(1).unwrap();
    assert_eq!(row.matches("\"></td>").count(), 3, "{row}");
}

#[test]
fn an_order_table_is_escaped_html() {
    let expression = compile("trigger.order.lines | order_table");
    let table = expression.evaluate(&data()).unwrap().as_str().unwrap().to_owned();
    for part in [
        "Mug &lt;red&gt;",
        "<br><small>00123</small>",
        ">12.50 EUR<",
        ">25.00 EUR<",
        ">32.00 EUR<",
        "Gift</td>",
        ">Quantity</th>",
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }
    check_error(
        "trigger.order.lines | order_table(['a'])",
        "template_type: `order_table` needs four headings",
    );
    let expression = compile("trigger.order.lines | order_table(['Articolo', '&', 'c', 'd'])");
    let table = expression.evaluate(&data()).unwrap().to_string();
    assert!(table.contains("Articolo</th>") && table.contains("&amp;</th>"));
}
