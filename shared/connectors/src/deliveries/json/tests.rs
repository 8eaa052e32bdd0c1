//! Bad bodies and the exact answer to each (items 13 to 17 and 20 to 28 of the list of bad inputs).

use super::*;
use serde_json::json;

fn check_read(body: &str, expected: Value) {
    assert_eq!(read(body.as_bytes()).map(|body| body.value), Ok(expected), "{body}");
}

fn check_notes(body: &str, expected: &[&str]) {
    assert_eq!(read(body.as_bytes()).unwrap().notes, expected, "{body}");
}

fn check_refused(body: impl AsRef<[u8]>, expected: &str) {
    let body = body.as_ref();
    let refusal = read(body).unwrap_err();
    let found = format!("{}: {refusal}", refusal.code());
    assert_eq!(found, expected, "{}", String::from_utf8_lossy(&body[..body.len().min(80)]));
}

#[test]
fn an_empty_body_is_refused() {
    check_refused("", "body_empty: the body is empty");
    check_refused("  \n", "json_invalid: expected a value at 2:1");
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    check_refused("{\"a\": 1,}", "json_invalid: expected a key in quotes at 1:9");
    check_refused("{\n  \"è\": x\n}", "json_invalid: expected a value at 2:8");
    check_refused("\u{feff}{}", "json_invalid: remove byte order mark at 1:1");
    check_refused("{} x", "json_invalid: unexpected text after the value at 1:4");
    check_refused("{}{}", "json_invalid: unexpected text after the value at 1:3");
    check_refused("[1 2]", "json_invalid: expected `,` or `]` at 1:4");
    check_refused("[1,]", "json_invalid: expected a value at 1:4");
    check_refused("{\"a\" 1}", "json_invalid: expected `:` at 1:6");
    check_refused("{\"a\":1 \"b\":2}", "json_invalid: expected `,` or `}` at 1:8");
    check_refused("{'a':1}", "json_invalid: expected a key in quotes at 1:2");
    check_refused("[", "json_invalid: expected a value at 1:2");
    check_refused("<xml/>", "json_invalid: expected a value at 1:1");
    check_refused("nul", "json_invalid: expected a value at 1:1");
    check_refused("truefalse", "json_invalid: unexpected text after the value at 1:5");
}

#[test]
fn numbers_that_json_does_not_have_are_refused() {
    for body in ["NaN", "Infinity", "-Infinity", "+1", ".5"] {
        assert_eq!(read(body.as_bytes()).unwrap_err().code(), "json_invalid", "{body}");
    }
    check_refused("01", "json_invalid: unexpected text after the value at 1:2");
    check_refused("-", "json_invalid: expected a digit at 1:2");
    check_refused("[1.]", "json_invalid: expected a digit at 1:4");
    check_refused("1e", "json_invalid: expected a digit at 1:3");
}

#[test]
fn a_number_out_of_range_is_named_by_its_path() {
    check_refused(
        r#"{"data":{"lines":[{"price":1},{"price":1e400}]}}"#,
        "number_out_of_range: the number at data.lines[1].price is out of range",
    );
    check_refused("-1e400", "number_out_of_range: the number at the top is out of range");
    check_read("1e-400", json!(0.0));
}

#[test]
fn an_integer_that_no_machine_number_holds_stays_as_text() {
    check_read("12345678901234567890123", json!("12345678901234567890123"));
    check_read("-9223372036854775809", json!("-9223372036854775809"));
    check_read("18446744073709551616", json!("18446744073709551616"));
    check_read("18446744073709551615", json!(u64::MAX));
    check_read("-9223372036854775808", json!(i64::MIN));
    check_read("598.94", json!(598.94));
}

#[test]
fn nesting_ends_at_64() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(read(nested(64).as_bytes()).is_ok());
    check_refused(nested(65), "json_too_deep: the JSON is nested deeper than 64");
    check_refused("[".repeat(1_000_000), "json_too_deep: the JSON is nested deeper than 64");
    check_refused("{\"a\":".repeat(65), "json_too_deep: the JSON is nested deeper than 64");
    assert!(
        read(format!("[{}[]]", "[],".repeat(100)).as_bytes()).is_ok(),
        "siblings are not nested"
    );
}

#[test]
fn keys_may_be_as_many_as_their_text_has_room_for() {
    let members: Vec<String> = (0..200_000).map(|key| format!("\"k{key}\":0")).collect();
    let read = read(format!("{{{}}}", members.join(",")).as_bytes()).unwrap();
    assert_eq!(read.value.as_object().unwrap().len(), 200_000);
}

#[test]
fn links_are_passed_over_but_not_those_in_attributes() {
    let body = r#"{"links":{"self":"x"},"data":{"links":[1,{}],"id":"1","attributes":{"links":"a"},
        "relationships":{"order":{"links":{"self":"y"}},"sku":{"data":null,"links":{}}}}}"#;
    let expected = json!({ "data": { "id": "1", "attributes": { "links": "a" },
        "relationships": { "order": {}, "sku": { "data": null } } } });
    assert_eq!(read_without_links(body.as_bytes()).map(|body| body.value), Ok(expected));
    assert!(read_without_links(br#"{"links":{"a":nope}}"#).is_err(), "they are JSON all the same");
}

#[test]
fn of_a_repeated_key_the_last_value_counts() {
    check_read(r#"{"a":1,"b":2,"a":3}"#, json!({ "a": 3, "b": 2 }));
}

#[test]
fn texts_are_taken_whole_or_not_at_all() {
    check_read("\"\u{ffff}\"", json!("\u{ffff}"));
    check_read(r#""a\u0000b""#, json!("a\0b"));
    check_read(r#""\ud83d\ude00 \" \\ \/ \n""#, json!("\u{1f600} \" \\ / \n"));
    check_refused("\"a\nb\"", "json_invalid: a control character has to be escaped at 1:3");
    check_refused("[\"a", "json_invalid: the text has no closing quote at 1:4");
    check_refused("\"a\\", "json_invalid: the text has no closing quote at 1:4");
    check_refused("\"a\\è", "json_invalid: the text has no closing quote at 1:5");
    for broken in [r#""\x""#, r#""\u12""#, r#""\ud83d\x""#] {
        assert_eq!(read(broken.as_bytes()).unwrap_err().code(), "json_invalid", "{broken}");
    }
}

#[test]
fn a_half_of_a_character_becomes_a_mark_and_a_note_and_is_refused_where_it_is_strict() {
    let note = "half of a character was sent; U+FFFD stands for it";
    for (lone, expected) in [
        (r#""\ud800""#, json!("\u{fffd}")),
        (r#""\ud800\u0041""#, json!("\u{fffd}A")),
        (r#""\udc00\ud800""#, json!("\u{fffd}\u{fffd}")),
        (r#""\ud83d\ude00\udc00""#, json!("\u{1f600}\u{fffd}")),
    ] {
        check_read(lone, expected);
        check_notes(lone, &[&format!("the top: {note}")]);
        let Err(NotStrict::Refused(refusal)) = read_strict(lone.as_bytes()) else {
            panic!("{lone}")
        };
        assert_eq!(refusal.code(), "json_invalid", "{lone}");
    }
    check_read(r#"{"\ud800":[1,"x\ud83d"]}"#, json!({ "\u{fffd}": [1, "x\u{fffd}"] }));
    check_notes(
        r#"{"a":[1,"x\ud83d"],"\ud83d":0}"#,
        &[&format!("a[1]: {note}"), &format!("the top: {note}")],
    );
}

#[test]
fn what_is_odd_is_noted_with_its_place_and_counted_from_the_eleventh_on() {
    check_notes(
        r#"{"o":{"a":1,"a":2,"n":12345678901234567890123}}"#,
        &[
            "o: the key \"a\" comes twice; the last one counts",
            "o.n: an integer too long for a number stays as text",
        ],
    );
    check_notes(r#"{"a":1}"#, &[]);
    // So many that looking back at the beginning for each of them would take minutes.
    let halves = format!("[{}]", vec![r#""\ud800""#; 100_000].join(","));
    let notes = read(halves.as_bytes()).unwrap().notes;
    assert_eq!((notes.len(), notes[10].as_str()), (11, "and 99990 more like these"));
}

#[test]
fn bytes_that_are_not_utf8_are_refused_with_their_offset() {
    check_refused(b"{\"a\":\"\xff\"}", "not_utf8: the body is not UTF-8 at byte 6");
    check_refused(b"\xff\xfe{\0}\0", "not_utf8: the body is not UTF-8 at byte 0");
}

#[test]
fn what_fits_is_read_as_serde_json_reads_it() {
    let body = r#" { "a" : [ 1 , -2.5e3 , true , false , null , "x\ty" , { } , [ ] ] , "" : "" } "#;
    let expected: Value = serde_json::from_str(body).unwrap();
    check_read(body, expected);
}

/// A small generator of almost-JSON: whatever `serde_json` refuses is refused, and the reverse.
#[test]
fn it_agrees_with_serde_json_on_what_is_json() {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"\\u00e9\"",
        "\"\\ud800\"",
        "1",
        "-0",
        "0.5",
        "1e5",
        "null",
        "true",
        " ",
        "\n",
        "\"",
        "\\",
        "è",
    ];
    let mut state: u64 = 7;
    for _ in 0..200_000 {
        let mut body = String::new();
        for _ in 0..1 + state % 9 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            body.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        let theirs = serde_json::from_str::<Value>(&body).is_ok();
        let ours = read_strict(body.as_bytes());
        let ours = !matches!(ours, Err(NotStrict::Refused(_)));
        assert_eq!(ours, theirs, "{body}");
    }
}
