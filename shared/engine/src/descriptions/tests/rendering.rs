use super::examples::example;
use super::*;
use crate::expressions::{ExpressionError, Scope};
use serde_json::{Value, json};

/// A file around one body, with a part.
fn rendered(json: &str, nulls: Nulls) -> Result<Value, ExpressionError> {
    let source = format!(
        "format: 1\nprovider: acme\ntitle: Acme\ndocumentation: https://acme.example\n\
         base_url: https://api.acme.example\nactions:\n  email.send:\n    class: neither\n    \
         post: /\n    output: {{}}\n    json: {json}\n\
         parts:\n  name: {{ first: \"${{{{ it.first }}}}\", last: \"${{{{ it.last }}}}\" }}\n  \
         who: {{ $if: \"${{{{ it.first is not none }}}}\", $use: name, $of: \"${{{{ it }}}}\" }}\n"
    );
    let description = parse(&source);
    let Body::Json(form) = &description.actions[0].ways[0].body else { panic!("no json") };
    let input = json!({
        "to": "a@example.com", "none": null, "number": 7, "yes": true, "no": false, "digits": "00123",
        "json": "{\"a\": 1}", "person": { "first": "Ada", "last": null }, "nobody": { "last": "L" },
        "lines": [{ "sku": "a", "count": 1 }, { "sku": null, "count": 0 }], "map": { "a": 1, "b": null },
        "long": "x".repeat(200_000), "many": vec![0; 1_001],
        "files": vec![json!({ "content": "x".repeat(200_000) }); 5],
    });
    let scope = Scope::of([("input", &input)]);
    form.render(&scope, &description.parts, nulls)
}

fn check_sent(json: &str, expected: Value) {
    assert_eq!(rendered(json, Nulls::LeftOut).unwrap(), expected, "{json}");
}

fn check_kept(json: &str, expected: Value) {
    assert_eq!(rendered(json, Nulls::Kept).unwrap(), expected, "{json}");
}

fn check_error(json: &str, field: Option<&str>, expected: &str) {
    let error = rendered(json, Nulls::LeftOut).unwrap_err();
    assert_eq!(error.to_string(), expected, "{json}");
    assert_eq!(error.field.as_deref(), field, "{json}");
}

#[test]
fn a_whole_expression_keeps_its_type_and_text_never_becomes_json() {
    check_sent(
        r#"{ a: "${{ input.number }}", b: "${{ input.yes }}", c: "${{ input.digits }}", d: 0123, e: "x ${{ input.number }}" }"#,
        json!({ "a": 7, "b": true, "c": "00123", "d": "0123", "e": "x 7" }),
    );
    check_sent(r#"{ a: "${{ input.json }}" }"#, json!({ "a": "{\"a\": 1}" }));
    check_sent(
        r#"{ a: "${{ input.lines }}" }"#,
        json!({ "a": [{ "sku": "a", "count": 1 }, { "sku": null, "count": 0 }] }),
    );
}

#[test]
fn a_member_that_comes_to_null_is_left_out_of_requests_and_stays_in_outputs() {
    let form = r#"{ a: "${{ input.none }}", b: "${{ input.nowhere.deep[0].er }}", c: null, d: ["${{ input.none }}", 1], e: { f: "${{ input.none }}" } }"#;
    check_sent(form, json!({ "c": null, "d": [null, 1], "e": {} }));
    check_kept(
        form,
        json!({ "a": null, "b": null, "c": null, "d": [null, 1], "e": { "f": null } }),
    );
    check_sent(r#""${{ input.none }}""#, json!(null));
}

#[test]
fn a_map_or_an_item_is_there_only_if() {
    let form = r#"{ a: { $if: "${{ input.no }}", b: 1 }, c: [{ $if: "${{ input.no }}", d: 1 }, { $if: "${{ input.yes }}", d: 2 }] }"#;
    check_sent(form, json!({ "c": [{ "d": 2 }] }));
    check_kept(form, json!({ "a": null, "c": [{ "d": 2 }] }));
    check_error(
        r#"{ a: { $if: "${{ input.number }}", b: 1 } }"#,
        Some("a"),
        "template_type: a condition must be true or false, but this is a number",
    );
}

#[test]
fn each_makes_a_list_of_a_list() {
    check_sent(
        r#"{ a: { $each: "${{ input.lines }}", $as: line, $item: { sku: "${{ line.sku }}", to: "${{ input.to }}" } } }"#,
        json!({ "a": [{ "sku": "a", "to": "a@example.com" }, { "to": "a@example.com" }] }),
    );
    check_sent(
        r#"{ a: { $each: "${{ input.lines }}", $as: line, $item: { $if: "${{ line.count > 0 }}", n: "${{ line.count }}" } } }"#,
        json!({ "a": [{ "n": 1 }] }),
    );
    check_sent(
        r#"{ a: { $each: "${{ input.lines }}", $as: line, $item: "${{ line.sku }}" } }"#,
        json!({ "a": ["a", null] }),
    );
    check_sent(r#"{ a: { $each: "${{ input.nowhere }}", $as: line, $item: 1 } }"#, json!({}));
    let member = r#"{ a: { $each: "${{ input.map | keys }}", $as: name, $key: "${{ name | upper }}", $item: { v: "${{ input.map[name] }}" } } }"#;
    check_sent(member, json!({ "a": { "A": { "v": 1 }, "B": {} } }));
    check_kept(member, json!({ "a": { "A": { "v": 1 }, "B": { "v": null } } }));
    check_sent(
        r#"{ a: { $each: "${{ input.map | keys }}", $as: name, $key: "${{ name }}", $item: { $if: "${{ name == 'a' }}", n: 1 } } }"#,
        json!({ "a": { "a": { "n": 1 } } }),
    );
    check_sent(
        r#"{ a: { $each: "${{ input.map | keys }}", $as: name, $key: "${{ name }}", $item: "${{ input.map[name] }}" } }"#,
        json!({ "a": { "a": 1 } }),
    );
    check_error(
        r#"{ a: { $each: "${{ input.lines }}", $as: line, $key: "${{ line.count }}", $item: 1 } }"#,
        Some("a"),
        "template_type: `$key` must come to a text",
    );
    check_sent(
        r#"{ a: { $if: "${{ input.no }}", $each: "${{ input.lines }}", $as: line, $item: 1 } }"#,
        json!({}),
    );
    check_error(
        r#"{ a: { $each: "${{ input.number }}", $as: line, $item: 1 } }"#,
        Some("a"),
        "template_type: `$each` must come to a list",
    );
    check_error(
        r#"{ a: { $each: "${{ input.many }}", $as: line, $item: 1 } }"#,
        Some("a"),
        "template_limit: items",
    );
}

#[test]
fn a_part_sees_what_it_is_given_and_members_beside_it_win() {
    check_sent(
        r#"{ a: { $use: name, $of: "${{ input.person }}" } }"#,
        json!({ "a": { "first": "Ada" } }),
    );
    check_kept(
        r#"{ a: { $use: name, $of: "${{ input.person }}", last: "${{ it.first | upper }}", more: 1 } }"#,
        json!({ "a": { "first": "Ada", "last": "ADA", "more": 1 } }),
    );
    check_kept(
        r#"{ a: { $use: name, $of: "${{ input.nowhere }}", more: 1 } }"#,
        json!({ "a": null }),
    );
    check_kept(
        r#"{ a: { $use: who, $of: "${{ input.person }}" }, b: { $use: who, $of: "${{ input.nobody }}" } }"#,
        json!({ "a": { "first": "Ada", "last": null }, "b": null }),
    );
}

#[test]
fn merged_members_are_those_of_a_map_and_others_win_over_them() {
    check_sent(r#"{ $merge: "${{ input.map }}", a: 2, c: 3 }"#, json!({ "a": 2, "c": 3 }));
    check_kept(r#"{ $merge: "${{ input.map }}", c: 3 }"#, json!({ "a": 1, "b": null, "c": 3 }));
    // What is left out is as if it were not written.
    check_sent(r#"{ $merge: "${{ input.map }}", a: "${{ input.none }}" }"#, json!({ "a": 1 }));
    check_sent(r#"{ $merge: "${{ input.nowhere }}", a: 2 }"#, json!({ "a": 2 }));
    check_error(
        r#"{ $merge: "${{ input.lines }}" }"#,
        None,
        "template_type: `$merge` must come to a map",
    );
}

#[test]
fn what_is_rendered_has_an_end() {
    check_sent(r#"{ a: "${{ input.long }}" }"#, json!({ "a": "x".repeat(200_000) }));
    // What is gone through is not put out twice.
    let files =
        r#"{ $each: "${{ input.files }}", $as: file, $item: "${{ file.content | length }}" }"#;
    check_sent(files, json!([200_000, 200_000, 200_000, 200_000, 200_000]));
    let whole = files.replace(" | length", "");
    check_sent(&whole, json!(vec!["x".repeat(200_000); 5]));
    check_error(&format!("[{files}, {files}, {files}]"), Some("2"), "template_limit: output");
    let long = r#""${{ input.long }}""#;
    check_error(&format!("[{}]", [long; 6].join(", ")), Some("5"), "template_limit: output");
    check_error(
        r#"{ a: "Dear ${{ input.none }}" }"#,
        Some("a"),
        "template_null: null in a text; `| default('…')` gives it a value",
    );
}

fn request(name: &str, input: &Value, settings: &Value) -> Value {
    let description = parse(example(name));
    let key = json!("run_1/step");
    let scope = Scope::of([("input", input), ("settings", settings), ("key", &key)]);
    let way = &description.actions[0].ways[0];
    let (Body::Json(form) | Body::Form { fields: form, .. }) = &way.body else { panic!("no body") };
    form.render(&scope, &description.parts, Nulls::LeftOut).unwrap()
}

#[test]
fn the_bodies_of_the_examples_are_what_their_vendors_want() {
    let mail = json!({ "to": "ada@example.com", "subject": "Hi", "text": "T", "html": null });
    let from = json!({ "from": "shop@example.com", "message_stream": "outbound" });
    let sent = request("postmark", &mail, &from);
    let expected = r#"{"From":"shop@example.com","To":"ada@example.com","Subject":"Hi","MessageStream":"outbound","Metadata":{"run_step":"run_1/step"},"TextBody":"T"}"#;
    assert_eq!(sent.to_string(), expected);
    let sent = request("sendgrid", &mail, &from);
    let expected = r#"{"personalizations":[{"to":[{"email":"ada@example.com"}],"custom_args":{"run_step":"run_1/step"}}],"from":{"email":"shop@example.com"},"subject":"Hi","content":[{"type":"text/plain","value":"T"}]}"#;
    assert_eq!(sent.to_string(), expected);
    let contact = json!({ "email": "a@b.example", "first_name": "Ada", "fields": { "vip": true, "points": 3 } });
    let sent = request("hubspot", &contact, &json!({}));
    let expected = r#"{"inputs":[{"id":"a@b.example","idProperty":"email","properties":{"vip":"true","points":"3","email":"a@b.example","firstname":"Ada"}}]}"#;
    assert_eq!(sent.to_string(), expected);
    let sms = json!({ "to": "+4915", "text": "Hi" });
    let sent = request("twilio", &sms, &json!({ "from": "MG1" }));
    assert_eq!(sent, json!({ "To": "+4915", "MessagingServiceSid": "MG1", "Body": "Hi" }));
    let row = json!({ "sheet": "S", "key": "1001", "row": { "Total": "57.00" } });
    let sent = request("airtable", &row, &json!({ "key_column": "Key" }));
    assert_eq!(sent["records"], json!([{ "fields": { "Total": "57.00", "Key": "1001" } }]));
    let person = json!({ "email": "a@b.example", "list": "news", "first_name": "Ada" });
    let settings = json!({ "lists": { "news": 7 }, "confirm_template": 3, "confirm_url": null });
    let sent = request("brevo", &person, &settings);
    assert_eq!(
        sent,
        json!({ "email": "a@b.example", "includeListIds": [7], "templateId": 3, "attributes": { "FIRSTNAME": "Ada" } })
    );
}

#[test]
fn a_query_of_json_is_one_text() {
    let description = parse(example("erpnext"));
    let input = json!({ "order": { "number": "10\"01" } });
    let find = description.actions[0].find.as_ref().unwrap();
    let scope = Scope::of([("input", &input)]);
    let filters = find.query[0].value.render(&scope, &description.parts, Nulls::LeftOut);
    assert_eq!(filters.unwrap(), json!(r#"[["po_no","=","10\"01"],["docstatus","<",2]]"#));
    let asked = |body: Value| {
        let answer = json!({ "status": 200, "body": body });
        let found = find.happened.holds(&scope.clone().with_item("answer", &answer));
        found.map_err(|error| error.code.as_str())
    };
    assert_eq!(asked(json!({ "data": [] })), Ok(false));
    assert_eq!(asked(json!({ "data": [{ "name": "SO-1" }] })), Ok(true));
    // What does not tell is no answer, and never "it did not".
    for strange in
        [json!(null), json!({}), json!({ "data": null }), json!("x"), json!([]), json!(7)]
    {
        assert_eq!(asked(strange.clone()), Err("template_null"), "{strange}");
    }
}

#[test]
fn a_reason_is_the_first_whose_values_are_all_there() {
    let description = parse(example("postmark"));
    let told = |answer: Value| {
        let scope = Scope::of([("answer", &answer)]);
        description.actions[0].reason.iter().find_map(|reason| reason.render(&scope).ok())
    };
    let answer = |body: Value| json!({ "status": 422, "body": body });
    assert_eq!(
        told(answer(json!({ "ErrorCode": 406, "Message": "Inactive" }))).unwrap(),
        "the recipient is inactive at Postmark (it bounced, complained or unsubscribed): Inactive"
    );
    assert_eq!(
        told(answer(json!({ "ErrorCode": 300, "Message": "Invalid" }))).unwrap(),
        "Postmark answered 422 with error 300: Invalid"
    );
    for strange in [json!({}), json!(null), json!([]), json!("<html>"), json!({ "ErrorCode": 300 })]
    {
        assert_eq!(told(answer(strange)), None);
    }
}

#[test]
fn deliveries_become_events_with_exact_amounts() {
    let description = parse(example("woocommerce"));
    let trigger = description.trigger.as_ref().unwrap();
    let delivery = json!({ "body": {
        "id": 727, "number": "727", "status": "processing", "currency": "USD", "total": "29.35",
        "total_tax": "1.35", "discount_total": "0.00", "customer_id": 0,
        "date_created_gmt": "2017-03-22T19:28:02", "billing": { "email": "", "first_name": "John" },
        "line_items": [{ "sku": "", "name": "Mug &amp; Co", "quantity": 3, "total": "10.00" },
                       { "sku": "B", "name": "Cup", "quantity": 2, "total": "12.00" }],
        "shipping": { "city": "" }, "billing_address": null,
    } });
    let scope = Scope::of([("delivery", &delivery), ("maps", &description.maps)]);
    let mapping = &trigger.events[0];
    assert!(mapping.condition.as_ref().unwrap().holds(&scope).unwrap());
    let data = mapping.data.render(&scope, &description.parts, Nulls::Kept).unwrap();
    let order = &data["order"];
    assert_eq!(order["total"], json!({ "amount": 2935, "currency": "USD" }));
    assert_eq!(order["discount"], json!({ "amount": 0, "currency": "USD" }));
    assert_eq!(order["payment_status"], json!("paid"));
    assert_eq!(order["placed_at"], json!("2017-03-22T19:28:02Z"));
    assert_eq!(order["guest"], json!(true));
    assert_eq!(order["customer"], json!({ "email": null, "first_name": "John" }));
    assert_eq!(order["shipping_address"], json!(null));
    assert_eq!(order["billing_address"], json!(null));
    assert_eq!(order["lines"][0]["name"], json!("Mug & Co"));
    assert_eq!(order["lines"][0]["unit_price"], json!(null));
    assert_eq!(order["lines"][1]["unit_price"], json!({ "amount": 600, "currency": "USD" }));

    let description = parse(example("stripe"));
    let mapping = &description.trigger.as_ref().unwrap().events[1];
    let delivery = json!({ "body": { "data": { "object": {
        "id": "pi_1", "amount_received": 1999, "currency": "eur", "created": 1_680_800_504,
        "metadata": { "order": "1001" },
    } } } });
    let settings = json!({ "order_key": "order" });
    let scope = Scope::of([("delivery", &delivery), ("settings", &settings)]);
    let data = mapping.data.render(&scope, &description.parts, Nulls::Kept).unwrap();
    let expected = json!({ "payment": {
        "id": "pi_1", "gateway_id": null, "order_id": "1001", "customer_email": null,
        "created_at": "2023-04-06T17:01:44Z", "kind": "capture",
        "amount": { "amount": 1999, "currency": "EUR" },
    } });
    assert_eq!(data, expected);
}
