use super::*;

#[test]
fn a_problem_reads_as_file_place_code_message_and_help() {
    let problem =
        Problem::new("unknown_key", Place { line: 3, column: 5 }, "there is no key `vai`")
            .with_nearest("vai", ["uses", "via"])
            .in_file("workflows/a.yaml");
    assert_eq!(
        problem.to_string(),
        "workflows/a.yaml:3:5: unknown_key: there is no key `vai` (did you mean `via`?)"
    );
}

#[test]
fn the_nearest_word_is_within_a_third_of_its_letters() {
    assert_eq!(nearest("emial.send", ["sheet.append_row", "email.send"]), Some("email.send"));
    assert_eq!(nearest("Email.Send", ["email.send"]), Some("email.send"));
    assert_eq!(nearest("zzz", ["email.send", "if"]), None);
}
