//! Ranges in A1 notation.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a path segment may hold as it is, RFC 3986 "unreserved".
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path segment.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// `cells` of that sheet, such as `Orders!1:1`.
pub(super) fn of(sheet: &str, cells: &str) -> String {
    // Short names could be read as a column or a cell.
    match sheet.len() > 3 && sheet.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        true => format!("{sheet}!{cells}"),
        false => format!("'{}'!{cells}", sheet.replace('\'', "''")),
    }
}

/// The letters of a column, counted from 0: `A`, `Z`, `AA`.
pub(super) fn column(index: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(index % 26).unwrap_or(0));
    match index / 26 {
        0 => letter.to_string(),
        above => format!("{}{letter}", column(above - 1)),
    }
}

/// The first row of a range such as `Orders!A57:C57`.
pub(super) fn first_row(range: &str) -> Option<u64> {
    let cells = range.rsplit('!').next()?;
    let first = cells.split(':').next()?;
    first.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '$').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_plain_words_are_quoted() {
        assert_eq!(of("Orders", "1:1"), "Orders!1:1");
        assert_eq!(of("A1", "1:1"), "'A1'!1:1");
        assert_eq!(of("ABC", "1:1"), "'ABC'!1:1");
        assert_eq!(of("It's 2026", "A:A"), "'It''s 2026'!A:A");
        assert_eq!(segment("'It''s'!A:A"), "%27It%27%27s%27%21A%3AA");
        assert_eq!(segment("../x?y#z"), "..%2Fx%3Fy%23z");
    }

    #[test]
    fn columns_count_in_letters() {
        let found = [0, 25, 26, 51, 52, 701, 702].map(column);
        assert_eq!(found, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn the_row_is_read_from_the_updated_range() {
        assert_eq!(first_row("Orders!A57:C57"), Some(57));
        assert_eq!(first_row("'It''s! 2026'!AB3"), Some(3));
        assert_eq!(first_row("Orders"), None);
        assert_eq!(first_row(""), None);
    }
}
