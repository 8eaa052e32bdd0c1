//! Texts in which settings stand by name, as `{name}`: addresses and credentials. No expression can
//! stand there, and no value but these settings.

use crate::problems::Place;

/// A text with names of settings in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Where it stands.
    pub place: Place,
    /// What it is made of.
    pub pieces: Vec<PatternPiece>,
}

/// A piece of such a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternPiece {
    /// As it is written.
    Text(String),
    /// The value of a setting.
    Setting {
        /// Its name.
        name: String,
        /// Where the name stands.
        place: Place,
    },
}

impl Pattern {
    /// The value of one setting, and nothing else.
    pub fn of_setting(name: &str, place: Place) -> Self {
        let piece = PatternPiece::Setting { name: name.to_owned(), place };
        Self { place, pieces: vec![piece] }
    }

    /// The settings in it, with their places.
    pub fn settings(&self) -> impl Iterator<Item = (&str, Place)> {
        self.pieces.iter().filter_map(|piece| match piece {
            PatternPiece::Setting { name, place } => Some((name.as_str(), *place)),
            PatternPiece::Text(_) => None,
        })
    }

    /// The setting that it is made of alone.
    pub fn whole_setting(&self) -> Option<&str> {
        match &self.pieces[..] {
            [PatternPiece::Setting { name, .. }] => Some(name),
            _ => None,
        }
    }

    /// The text, with each setting as the function gives it; nothing where one is not given.
    pub fn filled<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
        let mut filled = String::new();
        for piece in &self.pieces {
            filled.push_str(match piece {
                PatternPiece::Text(text) => text,
                PatternPiece::Setting { name, .. } => value(name)?,
            });
        }
        Some(filled)
    }

    /// The text as it is written.
    pub fn source(&self) -> String {
        let written = self.pieces.iter().map(|piece| match piece {
            PatternPiece::Text(text) => text.clone(),
            PatternPiece::Setting { name, .. } => format!("{{{name}}}"),
        });
        written.collect()
    }
}
