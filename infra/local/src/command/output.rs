//! Everything that the command prints.
//!
//! Invariant: standard output holds what was asked for and nothing else; the rest goes to standard
//! error. A reader that has gone away, as in `tradewind runs | head`, is no error.

use serde::Serialize;
use std::io::{IsTerminal, Write, stderr, stdout};

/// Where a command writes to.
#[derive(Clone, Copy)]
pub(super) struct Output {
    /// JSON was asked for.
    pub(super) json: bool,
    /// Colours are welcome.
    pub(super) is_coloured: bool,
}

/// What a text is about, shown as its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Good,
    Bad,
    Busy,
    Quiet,
}

impl Output {
    /// `no_colour`: what the environment says.
    pub(super) fn new(json: bool, no_colour: bool) -> Self {
        Self { json, is_coloured: !json && !no_colour && stdout().is_terminal() }
    }

    /// One or more lines for people or programs.
    pub(super) fn line(self, text: impl AsRef<str>) {
        // Nobody is left to tell when standard output is gone.
        let _ = writeln!(stdout().lock(), "{}", text.as_ref());
    }

    /// The whole document, laid out to be read.
    pub(super) fn document(self, document: &impl Serialize) {
        let text = serde_json::to_string_pretty(document).expect("documents have texts as keys");
        self.line(text);
    }

    /// Bytes as they are.
    pub(super) fn bytes(self, bytes: &[u8]) {
        let _ = stdout().lock().write_all(bytes);
    }

    /// Something beside what was asked for.
    pub(super) fn note(self, text: impl AsRef<str>) {
        let _ = writeln!(stderr().lock(), "{}", text.as_ref());
    }

    /// The text in the colour of its mood.
    pub(super) fn paint(self, mood: Mood, text: &str) -> String {
        let code = match mood {
            _ if !self.is_coloured => return text.to_owned(),
            Mood::Good => "32",
            Mood::Bad => "31",
            Mood::Busy => "33",
            Mood::Quiet => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
