//! One text with expressions in it: a path, a reason.

use crate::expressions::{Budget, Expression, ExpressionError, Piece, Scope};
use crate::problems::Place;

/// A text with expressions in it.
#[derive(Clone, Debug)]
pub struct TextForm {
    /// Where it stands.
    pub place: Place,
    /// What it is made of.
    pub pieces: Vec<Piece>,
}

impl TextForm {
    /// The text, where all of its values are there: null is an error.
    pub fn render(&self, scope: &Scope) -> Result<String, ExpressionError> {
        let mut budget = Budget::new();
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Expression(one) => text.push_str(&one.text_within(scope, &mut budget)?),
            }
        }
        Ok(text)
    }

    /// The expressions in it.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.pieces.iter().filter_map(Piece::expression)
    }
}
