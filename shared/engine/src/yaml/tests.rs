use super::*;
use crate::problems::Problem;
use serde_json::json;

fn check_value(source: &str, expected: serde_json::Value) {
    assert_eq!(parse(source).unwrap().to_json(), expected, "{source}");
}

fn check_problem(source: &str, expected: &str) {
    let problems: Vec<_> =
        parse(source).unwrap_err().into_iter().map(|p| Problem { help: None, ..p }).collect();
    let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(shown.join("\n"), expected, "{source}");
}

fn help_of(source: &str) -> String {
    parse(source).unwrap_err()[0].help.clone().unwrap_or_default()
}

#[test]
fn leading_zeros_stay_text() {
    check_value("[00123, 007, -012, 01.5, 0e1]", json!(["00123", "007", "-012", "01.5", 0.0]));
}

#[test]
fn norway_and_other_words_stay_text() {
    check_value("[NO, no, yes, on, off, y, n]", json!(["NO", "no", "yes", "on", "off", "y", "n"]));
}

#[test]
fn scalars_follow_the_core_schema() {
    check_value("[0, 7, -7, +7, 0x1F, 0o17]", json!([0, 7, -7, 7, 31, 15]));
    check_value("[1.5, .5, 1., 1e3, -1.5E-2]", json!([1.5, 0.5, 1.0, 1000.0, -0.015]));
    check_value("[~, null, Null, NULL, true, FALSE]", json!([null, null, null, null, true, false]));
    check_value("a:\nb: ''", json!({ "a": null, "b": "" }));
}

#[test]
fn what_is_nearly_a_number_stays_text() {
    check_value(
        "[1_000, 12:30, 1e, .e1, '-', 2026-01-31, .inf, .nan, 0x, 1.2.3, 1e999]",
        json!([
            "1_000",
            "12:30",
            "1e",
            ".e1",
            "-",
            "2026-01-31",
            ".inf",
            ".nan",
            "0x",
            "1.2.3",
            "1e999"
        ]),
    );
}

#[test]
fn quoted_is_text() {
    check_value("['1', \"true\", 'null']", json!(["1", "true", "null"]));
    check_value("a: |\n  12\n", json!({ "a": "12\n" }));
}

#[test]
fn integers_beyond_64_bits_stay_text() {
    check_value("9223372036854775807", json!(i64::MAX));
    check_value("9223372036854775808", json!("9223372036854775808"));
}

#[test]
fn an_empty_file_is_nothing() {
    check_value("", json!(null));
    check_value("# only a comment\n", json!(null));
}

#[test]
fn every_value_knows_its_place() {
    let node = parse("a: 1\nb:\n  - x: ' y'\n").unwrap();
    let Yaml::Map(entries) = &node.value else { panic!("a map") };
    assert_eq!(entries[1].place, Place { line: 2, column: 1 });
    let Yaml::List(items) = &entries[1].value.value else { panic!("a list") };
    assert_eq!(items[0].place, Place { line: 3, column: 5 });
    let Yaml::Map(inner) = &items[0].value else { panic!("a map") };
    assert_eq!(inner[0].value.place, Place { line: 3, column: 8 });
    assert_eq!(inner[0].value.text_place, Some(Place { line: 3, column: 9 }));
}

#[test]
fn a_key_written_twice_is_an_error() {
    check_problem("a: 1\nb: 2\na: 3", "3:1: duplicate_key: the key `a` is already on line 1");
}

#[test]
fn anchors_aliases_tags_and_second_documents_are_refused() {
    check_problem(
        "a: &x 1\nb: *x\nc: !!str 1",
        "1:4: yaml_unsupported: an anchor (`&name`) is not supported: write the value out where it \
         is used\n2:4: yaml_unsupported: an alias (`*name`) is not supported: write the value \
         out\n3:4: yaml_unsupported: a tag (`!name`) is not supported: put text in quotes",
    );
    check_problem("a: 1\n---\nb: 2", "2:1: yaml_invalid: a file holds one document");
}

#[test]
fn size_and_depth_are_limited() {
    check_problem(
        &format!("{}1{}", "[".repeat(65), "]".repeat(65)),
        "1:65: yaml_too_deep: lists and maps are nested more than 64 deep",
    );
    assert!(parse(&format!("{}1{}", "[".repeat(64), "]".repeat(64))).is_ok());
    check_problem(
        &"#".repeat(SOURCE_BYTES_MAX + 1),
        "1:1: file_too_large: the file is larger than 256 KB",
    );
    assert!(parse(&"{a: ".repeat(60_000)).is_err());
}

#[test]
fn an_unquoted_expression_that_breaks_the_yaml_says_to_quote_it() {
    for source in [
        "a: { to: ${{ trigger.a }} }",
        "a: [ ${{ trigger.a }} ]",
        "a: ${{ {'b': 1} | json }}",
        "a: Total: ${{ trigger.a }}",
        "a: ${{ trigger.a | replace(' # ', '') }}",
        "a: {{ trigger.a }}",
    ] {
        assert!(help_of(source).contains("quotes"), "{source}: {:?}", parse(source));
    }
    assert!(help_of("if: 'a' == trigger.b").contains("quotes"));
}

#[test]
fn a_comment_after_an_expression_is_a_comment() {
    check_value("a: ${{ trigger.a }} # why", json!({ "a": "${{ trigger.a }}" }));
}
