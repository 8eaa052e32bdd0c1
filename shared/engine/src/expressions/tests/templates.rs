use super::*;

#[test]
fn a_whole_expression_keeps_its_type() {
    check_rendered(
        "a: ${{ trigger.order.total.amount }}\nb: '${{ trigger.test }}'\nc: ${{ trigger.order.tags }}\n\
         d: ${{ trigger.order.note }}\ne: |\n  ${{ trigger.order.total.amount }}\n",
        json!({ "a": 5700, "b": false, "c": ["b", "a", "b"], "d": null, "e": 5700 }),
    );
}

#[test]
fn mixed_text_becomes_a_string() {
    check_rendered(
        "a: Order ${{ trigger.order.number }} of ${{ trigger.order.total.amount }}\nb: ' ${{ 1 }}'",
        json!({ "a": "Order 1001 of 5700", "b": " 1" }),
    );
}

#[test]
fn literals_stay_as_they_are() {
    check_rendered(
        "a: 00123\nb: [1, 2.5, true, null, { c: '' }]\nd: $5 and } and {",
        json!({ "a": "00123", "b": [1, 2.5, true, null, { "c": "" }], "d": "$5 and } and {" }),
    );
}

#[test]
fn null_undefined_lists_and_maps_never_become_text() {
    check_render_error(
        "a: x ${{ trigger.order.note }}",
        "template_null: null in a text; `| default('…')` gives it a value",
    );
    check_render_error("a: x ${{ trigger.order.nope }}", "template_undefined: trigger.order.nope");
    check_render_error(
        "a: x ${{ trigger.order.tags }}",
        "template_type: a list cannot be part of a text",
    );
    check_render_error(
        "a: x ${{ trigger.order }}",
        "template_type: a map cannot be part of a text",
    );
}

#[test]
fn an_error_names_its_field_and_expression() {
    let template = template("a: 1\nrow:\n  Total: [x, '${{ trigger.order.nope }}']");
    let error = template.render(&data(), &[]).unwrap_err();
    assert_eq!(error.field.as_deref(), Some("row.Total.1"));
    assert_eq!(error.expression, "trigger.order.nope");
    assert_eq!(error.code, ExpressionCode::TemplateUndefined);
}

#[test]
fn braces_in_strings_and_maps_do_not_end_an_expression() {
    check_rendered(
        r#"a: "${{ '}}' }}!"
b: ${{ {'x':{'y':1}} }}
c: "${{ \"}} \\\" }}\" }}"
d: ${{ '${{' }}"#,
        json!({ "a": "}}!", "b": { "x": { "y": 1 } }, "c": "}} \" }}", "d": "${{" }),
    );
}

#[test]
fn html_fields_escape_what_is_not_html() {
    let name = "&lt;b&gt;O&#39;Hara &amp; &quot;Co&quot;&lt;/b&gt;";
    check_rendered(
        "html: <p>${{ trigger.order.customer.name }}</p>",
        json!({ "html": format!("<p>{name}</p>") }),
    );
    check_rendered("html: ${{ trigger.order.customer.name }}", json!({ "html": name }));
    check_rendered(
        "html: ${{ trigger.order.customer.name | html }}\ntext: ${{ trigger.order.customer.name }}",
        json!({ "html": "<b>O'Hara & \"Co\"</b>", "text": "<b>O'Hara & \"Co\"</b>" }),
    );
    check_rendered(
        "html: ${{ trigger.order.customer.name | html | upper }}",
        json!({ "html": "&lt;B&gt;O&#39;HARA &amp; &quot;CO&quot;&lt;/B&gt;" }),
    );
    check_rendered(
        "row:\n  html: ${{ trigger.order.customer.name }}",
        json!({ "row": { "html": "<b>O'Hara & \"Co\"</b>" } }),
    );
}

#[test]
fn an_order_table_is_not_escaped_again() {
    for source in [
        "html: ${{ trigger.order.lines | order_table }}",
        "html: 'x ${{ trigger.order.lines | order_table }}'",
    ] {
        let rendered = template(source).render(&data(), &["html"]).unwrap();
        let html = rendered["html"].as_str().unwrap();
        assert!(html.contains("<table") && html.contains("Mug &lt;red&gt;"), "{html}");
    }
}

#[test]
fn the_whole_output_is_limited() {
    let field = |name: &str| format!("{name}: '${{{{ trigger.order.number * 40000 }}}}'\n");
    check_render_error(&(field("a") + &field("b")), "template_limit: output");
    assert!(template(&field("a")).render(&data(), &[]).is_ok());
    check_render_error("a: ${{ trigger.order.number * 1000000000 }}", "template_limit: fuel");
}

#[test]
fn the_table_of_an_order_has_room_for_a_thousand_lines_and_an_end() {
    let line = json!({
        "name": "Grinding disc, box of 25 & more", "sku": "SKU-00001", "quantity": 2,
        "unit_price": { "amount": 1250, "currency": "EUR" },
        "total": { "amount": 2500, "currency": "EUR" },
    });
    let scope = |count| {
        let lines = vec![line.clone(); count];
        Scope::new(&json!({ "order": { "lines": lines } }), &json!({}))
    };
    let table = template("html: 'Hi ${{ trigger.order.lines | order_table }}'");
    let rendered = table.render(&scope(1_000), &["html"]).unwrap();
    assert_eq!(rendered["html"].as_str().unwrap().matches("<tr>").count(), 1_001);
    let error = table.render(&scope(4_000), &["html"]).unwrap_err();
    assert!(error.to_string().contains("template_limit: output"), "{error}");
    let twice = template(
        "a: '${{ trigger.order.lines | order_table }}'\nb: '${{ trigger.order.lines | order_table }}'",
    );
    assert!(twice.render(&scope(1_000), &[]).is_ok());
    assert!(twice.render(&scope(1_500), &[]).is_err(), "all tables share the room");
}

#[test]
fn all_mistakes_are_reported_with_their_places() {
    check_template_refused(
        "a: x ${{ trigger.a | nope }} y ${{ trigger.b ~ 1 }}\nb: \"${{ trigger.a | uper }}\"\nc: 'x ${{ y'",
        "1:22: unknown_filter: there is no filter `nope` (there are contains, date, decimal, default, \
         first, html, join, json, keys, last, length, lower, map, money, order_table, replace, round, \
         sort, split, sum, text, trim, truncate, unique, upper)\n\
         1:46: expression_invalid: `~` is not part of the language (join text as in `a ${{ x }} b`)\n\
         2:21: unknown_filter: there is no filter `uper` (did you mean `upper`?)\n\
         3:7: expression_invalid: the expression `${{` has no end `}}`",
    );
    check_template_refused(
        "a: hi {{ trigger.a }}\n'${{ x }}': 1\nb: '{% if x %}'",
        "1:7: expression_invalid: `{{` and `{%` do nothing here (an expression is written `${{ … }}`; \
         for the characters: `${{ '{{' }}`)\n\
         2:1: expression_invalid: a key cannot hold an expression\n\
         3:5: expression_invalid: `{{` and `{%` do nothing here (an expression is written `${{ … }}`; \
         for the characters: `${{ '{{' }}`)",
    );
}

#[test]
fn a_template_knows_its_references() {
    let template =
        template("a: ${{ trigger.x.y }}\nb: ['z ${{ steps.s.id }}', { c: '${{ trigger.q }}' }]");
    let references: Vec<_> = template.references().iter().map(String::as_str).collect();
    assert_eq!(references, ["steps.s.id", "trigger.q", "trigger.x.y"]);
}

#[test]
fn places_within_blocks_are_those_of_the_block() {
    check_template_refused(
        "a: |\n  one\n  ${{ trigger.a | uper }}\n",
        "2:3: unknown_filter: there is no filter `uper` (did you mean `upper`?)",
    );
}
