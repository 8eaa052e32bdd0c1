//! Texts that no spreadsheet program runs as a formula.
//!
//! Invariant: no two texts become the same cell.
//!
//! Page: <https://owasp.org/www-community/attacks/CSV_Injection>

/// After these a program sees a formula, full-width ones included.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// After these a program begins another cell or row, whatever separates cells in this file and however they
/// are quoted.
const SEPARATORS: [char; 4] = [';', '\t', '\r', '\n'];

/// The text with a `'` before everything that would be a formula: at its beginning, and where a program that
/// separates cells in another way sees one begin.
pub(super) fn inert(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    if text.starts_with(['\t', '\r', '\n']) {
        written.push('\'');
    }
    for cell in text.split_inclusive(SEPARATORS) {
        // A quote gets another one, so that it is told from ours.
        if cell.starts_with('\'') || beyond_what_is_passed_over(cell).starts_with(SIGNS) {
            written.push('\'');
        }
        written.push_str(cell);
    }
    written
}

/// The text as it was written before formulas further on in a cell were guarded: files hold keys so.
/// Where that could be another text now, it is left as it is.
pub(super) fn inert_earlier(text: &str) -> String {
    if text.split_inclusive(SEPARATORS).skip(1).any(|cell| cell.starts_with('\'')) {
        return text.to_owned();
    }
    let is_guarded = text.starts_with(SIGNS) || text.starts_with(['\t', '\r', '\n', '\'']);
    if is_guarded { format!("'{text}") } else { text.to_owned() }
}

/// Programs pass over spaces before a formula, visible or not, and take quotes off.
fn beyond_what_is_passed_over(cell: &str) -> &str {
    let is_separator = |one: char| SEPARATORS.contains(&one);
    let is_invisible = |one: char| matches!(one, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    cell.trim_start_matches(|one: char| {
        !is_separator(one) && (one.is_whitespace() || is_invisible(one) || one == '"')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_beginning_of_a_formula_is_guarded() {
        for sign in SIGNS {
            for before in ["", " ", "\u{3000}", "\"", "\u{feff}"] {
                assert_eq!(inert(&format!("{before}{sign}1")), format!("'{before}{sign}1"));
                for separator in SEPARATORS {
                    let (hostile, guarded) = (
                        format!("a{separator}{before}{sign}1"),
                        format!("a{separator}'{before}{sign}1"),
                    );
                    assert_eq!(inert(&hostile), guarded);
                }
            }
        }
    }

    #[test]
    fn texts_without_a_formula_stay_as_they_are() {
        for text in
            ["", "a", "5; 6", "a=b", "6-7", "a;b\nc", "ada@example.com", "it's", "; ;", "\u{a0}x"]
        {
            assert_eq!(inert(text), text);
        }
    }

    #[test]
    fn no_two_texts_become_the_same_cell() {
        let letters = ["", "'", "=", ";", " ", "a", "\n"];
        let mut written = BTreeMap::new();
        for (one, two, three, four) in each_of_four(&letters) {
            let text = format!("{one}{two}{three}{four}");
            if let Some(other) = written.insert(inert(&text), text.clone()) {
                assert_eq!(other, text);
            }
        }
    }

    #[test]
    fn what_was_written_earlier_is_no_other_text_now() {
        let letters = ["", "'", "=", ";", " ", "a", "\n"];
        let texts: Vec<String> = each_of_four(&letters)
            .map(|(one, two, three, four)| format!("{one}{two}{three}{four}"))
            .collect();
        let written: BTreeMap<String, &String> =
            texts.iter().map(|text| (inert(text), text)).collect();
        for text in &texts {
            let earlier = inert_earlier(text);
            let other = written.get(&earlier).filter(|other| **other != text);
            assert!(other.is_none() || earlier == *text, "{earlier:?}: {text:?} and {other:?}");
        }
    }

    fn each_of_four<'a>(
        letters: &'a [&'a str],
    ) -> impl Iterator<Item = (&'a str, &'a str, &'a str, &'a str)> {
        letters.iter().flat_map(move |one| {
            letters.iter().flat_map(move |two| {
                letters.iter().flat_map(move |three| {
                    letters.iter().map(move |four| (*one, *two, *three, *four))
                })
            })
        })
    }
}
