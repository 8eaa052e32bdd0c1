//! Texts in lines that fit into the narrowest terminal.

use super::words;

/// The narrowest terminal.
pub(crate) const COLUMNS: usize = 80;
/// Before what stands below another line.
pub(crate) const INDENT: &str = "  ";

/// The text in lines that fit, the first after one indent and the others after another one. Two spaces
/// in a row stay; a word that is longer than a line is cut into several.
pub(crate) fn wrapped(text: &str, first: &str, other: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in words::clean(text).split(' ') {
        let mut word = word;
        if !is_empty && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            lines.push(std::mem::replace(&mut line, other.to_owned()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        while line.chars().count() + word.chars().count() > COLUMNS {
            let room = COLUMNS.saturating_sub(line.chars().count()).max(1);
            let end = word.char_indices().nth(room).map_or(word.len(), |(at, _)| at);
            line.push_str(&word[..end]);
            lines.push(std::mem::replace(&mut line, other.to_owned()));
            word = &word[end..];
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(line);
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_longer_than_the_terminal_is_wide() {
        let long = "x".repeat(200);
        let texts = ["", "short", &"word ".repeat(60), &long, &format!("a {long} b  c")];
        for text in texts {
            for line in wrapped(text, "  -> ", "     ") {
                assert!(line.chars().count() <= COLUMNS, "{line}");
            }
        }
        assert_eq!(wrapped("a  b", "", ""), ["a  b"]);
        assert_eq!(wrapped(&"x".repeat(81), "", "  "), ["x".repeat(80), "  x".to_owned()]);
        let letters: usize =
            wrapped(&long, INDENT, INDENT).iter().map(|line| line.trim().len()).sum();
        assert_eq!(letters, 200);
    }
}
