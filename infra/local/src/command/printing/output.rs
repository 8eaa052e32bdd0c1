//! Everything that the command prints.
//!
//! Invariant: standard output holds what was asked for and nothing else; the rest goes to standard
//! error. A reader that has gone away, as in `tradewind runs | head`, is no error.
//!
//! Invariant: every line passes [`visible`] here, whoever wrote its text, and colours are added after
//! that. A text cannot bring a colour of its own: only [`Line`] knows of moods.

use serde::Serialize;
use std::io::{IsTerminal, Write, stderr, stdout};
use tradewind_engine::texts::{visible, visible_json};

/// Where a command writes to.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    /// JSON was asked for.
    pub(crate) json: bool,
    /// Colours are welcome.
    pub(crate) is_coloured: bool,
}

/// What a text is about, shown as its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Good,
    Bad,
    Busy,
    Quiet,
}

impl Mood {
    fn colour(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Bad => "31",
            Self::Busy => "33",
            Self::Quiet => "2",
        }
    }
}

/// One line for people: texts, some of them in a mood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line(Vec<(Option<Mood>, String)>);

impl Line {
    /// A text in a mood.
    pub(crate) fn painted(mood: Mood, text: impl Into<String>) -> Self {
        Self(vec![(Some(mood), text.into())])
    }

    /// The line with a text in a mood behind it.
    pub(crate) fn paint(mut self, mood: Mood, text: impl Into<String>) -> Self {
        self.0.push((Some(mood), text.into()));
        self
    }

    /// The line with another one behind it.
    pub(crate) fn then(mut self, more: impl Into<Self>) -> Self {
        self.0.extend(more.into().0);
        self
    }

    pub(crate) fn shown(&self, is_coloured: bool) -> String {
        let mut shown = String::new();
        for (mood, text) in &self.0 {
            match mood.filter(|_| is_coloured && !text.is_empty()) {
                None => shown.push_str(&visible(text)),
                Some(mood) => {
                    let (colour, text) = (mood.colour(), visible(text));
                    shown.push_str(&format!("\u{1b}[{colour}m{text}\u{1b}[0m"));
                }
            }
        }
        shown
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self(vec![(None, text)])
    }
}

impl From<&String> for Line {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Output {
    /// `no_colour`: what the environment says.
    pub(crate) fn new(json: bool, no_colour: bool) -> Self {
        Self { json, is_coloured: !json && !no_colour && stdout().is_terminal() }
    }

    /// A line for people or programs.
    pub(crate) fn line(self, line: impl Into<Line>) {
        self.print(&line.into().shown(self.is_coloured));
    }

    /// A text of several lines.
    pub(crate) fn text(self, text: &str) {
        text.lines().for_each(|line| self.line(line));
    }

    /// The whole document, laid out to be read.
    pub(crate) fn document(self, document: &impl Serialize) {
        let text = serde_json::to_string_pretty(document).expect("documents have texts as keys");
        self.print(&visible_json(&text));
    }

    /// Bytes as they are, such as a script of our own.
    pub(crate) fn bytes(self, bytes: &[u8]) {
        let _ = stdout().lock().write_all(bytes);
    }

    /// A line beside what was asked for.
    pub(crate) fn note(self, line: impl Into<Line>) {
        let _ = writeln!(stderr().lock(), "{}", line.into().shown(false));
    }

    fn print(self, shown: &str) {
        // Nobody is left to tell when standard output is gone.
        let _ = writeln!(stdout().lock(), "{shown}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_brings_no_colour_of_its_own() {
        let line = Line::from("a\u{1b}[32m").paint(Mood::Bad, "b\u{1b}[0m\n").then("c".to_owned());
        assert_eq!(line.shown(true), "a\\u{1b}[32m\u{1b}[31mb\\u{1b}[0m \u{1b}[0mc");
        assert_eq!(line.shown(false), "a\\u{1b}[32mb\\u{1b}[0m c");
    }
}
