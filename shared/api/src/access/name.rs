//! Names of tokens: they stand in the audit log, in logs and in the names of parameters.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest name.
const CHARACTERS_MAX: usize = 40;

/// The token that a local process makes by itself.
const LOCAL: &str = "local";
/// The token that a stack on AWS makes by itself.
const STACK: &str = "stack";
/// As this stood whoever acted in the audit log, when there was one token only.
const ANY: &str = "token";

/// The name of a token, such as `ci`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenName(String);

/// Why a text is no name for a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It has other characters, or too many.
    #[error(
        "the name of a token has small letters, digits, `-` and `_`, at most {CHARACTERS_MAX}, and \
         begins with a letter"
    )]
    Form,
    /// It is taken for good.
    #[error("{0} is the name of a token that is always there: choose another")]
    Taken(String),
}

impl TokenName {
    /// The token that a local process makes by itself.
    pub fn local() -> Self {
        Self(LOCAL.to_owned())
    }

    /// The token that a stack on AWS makes by itself.
    pub fn stack() -> Self {
        Self(STACK.to_owned())
    }

    /// A name that a person chose.
    pub fn new(name: &str) -> Result<Self, NameError> {
        let is_letter = |c: char| c.is_ascii_lowercase();
        let fits = |c: char| is_letter(c) || c.is_ascii_digit() || matches!(c, '-' | '_');
        if !name.starts_with(is_letter) || name.len() > CHARACTERS_MAX || !name.chars().all(fits) {
            return Err(NameError::Form);
        }
        match name {
            LOCAL | STACK | ANY => Err(NameError::Taken(name.to_owned())),
            name => Ok(Self(name.to_owned())),
        }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whose repeated requests are told apart by their `Idempotency-Key`. Those that are always there
    /// are called as they were when there was one token only: a request that is repeated after an
    /// upgrade is still the same one.
    pub(crate) fn key_space(&self) -> String {
        match self.as_str() {
            LOCAL | STACK => ANY.to_owned(),
            name => format!("{ANY}:{name}"),
        }
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for TokenName {
    type Error = NameError;

    fn try_from(name: String) -> Result<Self, NameError> {
        Self::new(&name)
    }
}

impl From<TokenName> for String {
    fn from(name: TokenName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_safely_wherever_it_is_shown() {
        for name in ["ci", "a", "night-shift_2", &"a".repeat(40)] {
            assert_eq!(TokenName::new(name).unwrap().as_str(), name);
        }
        for name in ["", "CI", "2nd", "-x", "a b", "a/b", "a.b", "ä", "a\n", &"a".repeat(41)] {
            assert_eq!(TokenName::new(name), Err(NameError::Form), "{name:?}");
        }
        for name in ["local", "stack", "token"] {
            assert_eq!(TokenName::new(name), Err(NameError::Taken(name.to_owned())));
        }
    }

    #[test]
    fn a_request_repeated_after_an_upgrade_is_the_same_one() {
        assert_eq!(TokenName::local().key_space(), "token");
        assert_eq!(TokenName::stack().key_space(), "token");
        assert_eq!(TokenName::new("ci").unwrap().key_space(), "token:ci");
    }
}
