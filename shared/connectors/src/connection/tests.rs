use super::*;
use crate::provider::{Provider, owned};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::json;
use std::collections::BTreeSet;

/// Every kind of character that some form writes in another way.
const SECRET: &str = "k3y/with \"every\"+\\%&<kind>=\u{e9}\u{1f511}!";

fn connection(secret: &str) -> Connection {
    let settings = Map::from_iter([("api_key".to_owned(), json!(secret))]);
    Connection::new("mail".into(), &mailer(), settings)
}

/// A provider with one secret setting.
fn mailer() -> Arc<Provider> {
    let secrets = owned(&["api_key"]);
    Arc::new(Provider { secrets, ..Provider::plain("mailer", "Mailer", "https://mailer.example") })
}

fn check(secret: &str, text: &str, expected: &str) {
    assert_eq!(connection(secret).without_secrets(text), expected, "{text}");
}

/// The secret in this form, with a text around it.
fn check_form(form: &str) {
    check(SECRET, &format!("key: {form}; more"), "key: [secret]; more");
}

fn each(secret: &str, form: impl Fn(char) -> String) -> String {
    secret.chars().map(form).collect()
}

fn json_units(one: char, upper: bool) -> String {
    let units = one.encode_utf16(&mut [0; 2]).to_vec();
    let unit = |unit: u16| match upper {
        true => format!("\\u{unit:04X}"),
        false => format!("\\u{unit:04x}"),
    };
    units.into_iter().map(unit).collect()
}

fn in_percent(one: char, upper: bool) -> String {
    let byte = |byte: &u8| match upper {
        true => format!("%{byte:02X}"),
        false => format!("%{byte:02x}"),
    };
    one.to_string().as_bytes().iter().map(byte).collect()
}

fn json_text(text: &str) -> String {
    let quoted = json!(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[test]
fn a_secret_is_taken_out_in_every_form_that_requests_have() {
    check("hush", "Bearer hush, hush", "Bearer [secret], [secret]");
    check(r#"a"b\c/"#, r#"a"b\c/"#, "[secret]");
    check("a\"b/+c", r#"{"key":"a\"b/+c"}"#, r#"{"key":"[secret]"}"#);
    check(
        "a\"b/+c",
        r#"{"body":"{\"key\":\"a\\\"b/+c\"}"}"#,
        r#"{"body":"{\"key\":\"[secret]\"}"}"#,
    );
    check("a\"b/+c~", "key=a%22b%2F%2Bc~&x", "key=[secret]&x");
    check("abc", "abc is too short to be known", "abc is too short to be known");
    check_form(SECRET);
}

#[test]
fn a_secret_is_taken_out_however_json_writes_it() {
    check_form(&json_text(SECRET));
    check_form(&json_text(SECRET).replace('/', "\\/"));
    check_form(&json_text(&json_text(SECRET).replace('/', "\\/")));
    check_form(&json_text(&json_text(&json_text(SECRET))));
    for upper in [false, true] {
        check_form(&each(SECRET, |one| json_units(one, upper)));
        check_form(&json_text(&each(SECRET, |one| json_units(one, upper))));
        let some = |one: char| match one.is_ascii_alphanumeric() {
            true => one.to_string(),
            false => json_units(one, upper),
        };
        check_form(&each(SECRET, some));
    }
}

#[test]
fn a_secret_is_taken_out_however_urls_and_forms_write_it() {
    for upper in [false, true] {
        let whole = each(SECRET, |one| in_percent(one, upper));
        check_form(&whole);
        check_form(&whole.replace('%', "%25"));
        let some = |one: char| match one {
            ' ' => "+".to_owned(),
            one if one.is_ascii_alphanumeric() => one.to_string(),
            one => in_percent(one, upper),
        };
        check_form(&each(SECRET, some));
        check_form(&each(&json_text(SECRET), |one| in_percent(one, upper)));
    }
}

#[test]
fn a_secret_is_taken_out_however_html_writes_it() {
    let named = |one: char| match one {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '/' => "&sol;".to_owned(),
        '+' => "&plus;".to_owned(),
        one => one.to_string(),
    };
    check_form(&each(SECRET, named));
    check_form(&each(SECRET, |one| format!("&#{};", u32::from(one))));
    check_form(&each(SECRET, |one| format!("&#x{:x};", u32::from(one))));
    check_form(&each(SECRET, |one| format!("&#X{:04X};", u32::from(one))));
    check_form(&each(SECRET, named).replace('&', "&amp;"));
}

fn check_hidden(text: &str, secret: &str) {
    let shown = connection(secret).without_secrets(text);
    assert!(shown.contains("[secret]"), "{text}: {shown}");
    // What is left of it at the edges is less than a character.
    assert!(shown.len() <= "[secret]".len() + 16, "{text}: {shown}");
}

#[test]
fn a_secret_is_taken_out_of_base64_wherever_it_begins() {
    for secret in [SECRET, "hush-hush-4711", "s3cret"] {
        for before in ["", "u", "us", "use", "user:"] {
            for after in ["", ":", ";1", ";12"] {
                let whole = format!("{before}{secret}{after}");
                let encoded = [
                    STANDARD.encode(&whole),
                    URL_SAFE.encode(&whole),
                    STANDARD_NO_PAD.encode(&whole),
                    URL_SAFE_NO_PAD.encode(&whole),
                ];
                for form in encoded {
                    check_hidden(&form, secret);
                    check_hidden(&form.replace('/', "\\/"), secret);
                }
            }
        }
    }
    let in_json = format!("{{\"key\":\"{}\"}}", json_text(SECRET));
    let shown = connection(SECRET).without_secrets(&STANDARD.encode(in_json));
    assert!(shown.contains("[secret]"), "{shown}");
    let lines = STANDARD.encode(SECRET);
    let (first, second) = lines.split_at(20);
    check_hidden(&format!("{first}\r\n{second}"), SECRET);
}

#[test]
fn a_secret_is_taken_out_of_hexadecimal_digits() {
    let lower: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    check_form(&lower);
    check_form(&lower.to_uppercase());
}

#[test]
fn of_a_secret_that_is_cut_off_nothing_stays() {
    let key = "SG.0123456789abcdefghij";
    check(key, "no such key SG.012345678", "no such key [secret]");
    check(key, "no such key SG.012345678…", "no such key [secret]…");
    check(key, "key SG.0123456789... is unknown", "key [secret]... is unknown");
    check(key, "the key SG.0123456789a is unknown", "the key [secret] is unknown");
    check(key, "SG.0123 is a beginning", "SG.0123 is a beginning");
    let url = "https://hooks.slack.example/services/T0/B0/abcdefgh";
    check(url, "see https://hooks.slack.example", "see https://hooks.slack.example");
    check(url, "no https://hooks.slack.example/services/T0/B...", "no [secret]...");
    check(url, "there is no /services/T0/B", "there is no [secret]");
    check("a\"b/+c-0123456789", "{\\\"key\\\":\\\"a\\\\\\\"b/+c-01", "{\\\"key\\\":\\\"[secret]");
    check(key, &STANDARD.encode("user:SG.0123456789abcd")[..20], "dXNlcjp[secret]");
}

#[test]
fn the_parts_of_a_secret_that_open_something_by_themselves_are_secret_too() {
    let url = "https://hooks.slack.example/services/T0/B0/abcdEFGH";
    check(url, "POST /services/T0/B0/abcdEFGH", "POST [secret]");
    check(url, "no token abcdEFGH", "no token [secret]");
    let url = "https://shop.example/hooks/orders-hook";
    check(url, "POST /hooks/orders-hook: orders-hook", "POST /hooks/orders-hook: orders-hook");
    check(url, "no https://shop.example/hooks/orders-hook", "no [secret]");
    check(url, "https://hooks.slack.example/ is down", "https://hooks.slack.example/ is down");
    let pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCBKcwggSjAgEA\n-----END PRIVATE KEY-----\n";
    let file = json!({ "client_email": "robot@example.com", "private_key": pem }).to_string();
    check(&file, "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEA", "[secret]");
    check(&file, "is it shared with robot@example.com?", "is it shared with robot@example.com?");
}

#[test]
fn what_only_looks_alike_stays_as_it_is() {
    let texts = [
        "an order of 12 % more & some + others \\ and \"quotes\"",
        "100%25 \\u0041 &amp;amp; aGVsbG8gd29ybGQ=",
        "C:\\new\\table; a&b=c%zz&#; &unknown; \\u12",
        "",
    ];
    for text in texts {
        check("hush-hush-4711", text, text);
    }
}

#[test]
fn a_text_of_others_is_one_short_line_without_secrets() {
    assert_eq!(connection("hush").cleared("key\nhush", 12), "key [secret]");
    assert_eq!(connection("hush").cleared("key\thush!", 12), "key [secret]…");
    assert_eq!(connection("hush").cleared("a\u{202e}b\u{200b}", 20), "a\\u{202e}b\\u{200b}");
}

fn check_output(secret: &str, output: Value, expected: Value) {
    let fields = BTreeSet::from(["status".to_owned(), "customer".to_owned()]);
    assert_eq!(connection(secret).output_without_secrets(output, &fields), expected);
}

#[test]
fn outputs_are_scrubbed_like_reasons_in_texts_and_keys() {
    let output =
        json!({ "id": "a hush-4711", "hush-4711": [{ "n": 1, "t": "aHVzaC00NzEx" }], "ok": true });
    let expected =
        json!({ "id": "a [secret]", "[secret]": [{ "n": 1, "t": "[secret]" }], "ok": true });
    check_output("hush-4711", output, expected);
    check_output("1234567890", json!({ "n": 1_234_567_890 }), json!({ "n": "[secret]" }));
}

#[test]
fn an_output_that_only_holds_the_letters_of_a_short_secret_stays_as_it_is() {
    let data = json!({ "number": "51234", "n": 1234, "name": "hushpuppy", "end": "…12" });
    check_output("1234", data.clone(), data.clone());
    check_output("hush", data.clone(), data.clone());
    check_output("12-and-more", data.clone(), data);
    check_output("1234", json!("id 1234, Basic 1234"), json!("id 1234, Basic 1234"));
    check_output("1234", json!(["1234", "MTIzNA=="]), json!(["[secret]", "[secret]A=="]));
    check_output("1234", json!({ "id": "31323334-MTIzN" }), json!({ "id": "31323334-MTIzN" }));
}

#[test]
fn an_output_keeps_its_fields_and_entries_whatever_the_secrets_are() {
    for secret in ["status", "order", "test", "shop", "customer"] {
        let output = json!({
            "status": "placed", "customer": 1, "order": "a test", "test": "my shop", "shop": true,
        });
        check_output(secret, output.clone(), output);
    }
    check_output("status", json!({ "status": "status" }), json!({ "status": "[secret]" }));
    let output = json!({ "a-hush-4711": 1, "[secret]": 2, "hush-4711": 3, "%68ush-4711": 4 });
    let shown = connection("hush-4711").output_without_secrets(output, &BTreeSet::new());
    let mut left: Vec<i64> =
        shown.as_object().unwrap().values().filter_map(Value::as_i64).collect();
    left.sort_unstable();
    assert_eq!(left, [1, 2, 3, 4], "{shown}");
    assert!(!shown.to_string().contains("ush-4711"), "{shown}");
    check_output("51234", json!({ "n": 51_234 }), json!({ "n": 51_234 }));
}

#[test]
fn of_a_secret_that_is_cut_off_at_the_end_of_an_output_nothing_stays() {
    let key = "SG.0123456789abcdefghij";
    for ending in ["", "…", "..."] {
        let cut = |text: &str| json!(format!("{text}{ending}"));
        check_output(key, cut("no SG.01234"), cut("no [secret]"));
        check_output(key, cut("no SG.0123"), cut("no SG.0123"));
        let letters = &STANDARD.encode("SG.0123456789abcd")[..15];
        check_output(key, cut(letters), cut("[secret]"));
    }
    check_output(key, json!("SG.0123456789 of many"), json!("SG.0123456789 of many"));
    check_output("customer-of-4711-x", json!("a customer"), json!("a customer"));
    check_output("hush-hush-4711", json!("hush-hush-4"), json!("hush-hush-4"));
}

#[test]
fn a_secret_is_taken_out_where_it_is_wrapped_or_broken_up() {
    let key = "SG.0123456789abcdefghij";
    for between in ["\n", "\r\n", "\u{200b}", "\u{ad}", "\u{feff}", "=\r\n", "=\n", "\\n"] {
        for every in [1, 4, 20] {
            let parts: Vec<&str> = key
                .as_bytes()
                .chunks(every)
                .map(|part| std::str::from_utf8(part).unwrap())
                .collect();
            let text = parts.join(between);
            check(key, &format!("key {text}; more"), "key [secret]; more");
            check_output(key, json!(format!("key {text}; more")), json!("key [secret]; more"));
        }
    }
    check_form(&each(SECRET, |one| {
        one.to_string().bytes().map(|byte| format!("={byte:02X}")).collect()
    }));
    for between in [" ", ":", "\n"] {
        let pairs: Vec<String> = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
        check_form(&pairs.join(between));
    }
}

#[test]
fn what_stands_behind_a_part_of_a_secret_stays() {
    let check_rest = |secret: &str, text: &str| {
        let shown = connection(secret).without_secrets(text);
        assert!(shown.ends_with(" und der Rest"), "{shown}");
    };
    check_rest("schl\u{fc}sselwort-gro\u{df}en", "schl\u{fc}sselwort-gro\u{f6}en und der Rest");
    check_rest("schl\u{fc}sselwort", "schl\u{fc}sselwort\u{200b} und der Rest");
}

#[test]
fn an_access_token_is_a_secret_from_when_it_was_given() {
    let connection = connection("hush");
    assert_eq!(connection.without_secrets("hush token-4711"), "[secret] token-4711");
    connection.hide("token-4711");
    assert_eq!(connection.without_secrets("hush token-4711"), "[secret] [secret]");
}

#[test]
fn a_value_that_came_from_a_secret_is_one_in_whichever_setting_it_stands() {
    let settings = Map::from_iter([("base_url".to_owned(), json!("https://hush.example"))]);
    let connection = Connection::new("mail".into(), &mailer(), settings);
    let connection = connection.with_secrets(["https://hush.example".to_owned()]);
    assert_eq!(connection.without_secrets("at https://hush.example/v3"), "at [secret]/v3");
}
