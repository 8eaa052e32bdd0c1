//! Why something failed, down to the first cause, as text.
//!
//! Invariant: a cause is what an error says of itself, never what it holds: requests and answers of others stay out.

use std::error::Error;
use std::fmt;

/// A cause, with its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    says: String,
    cause: Option<Box<Cause>>,
}

impl Cause {
    /// What an error says, and what its causes say.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        Self {
            says: error.to_string(),
            cause: error.source().map(|cause| Box::new(Self::of(cause))),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.says)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// The error with all its causes, as one line. A cause that repeats what was just said adds nothing.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let says = error.to_string();
        if !text.ends_with(&says) {
            text.push_str(": ");
            text.push_str(&says);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{says}")]
    struct Failed {
        says: &'static str,
        source: Option<Box<Failed>>,
    }

    fn failed(says: &[&'static str]) -> Failed {
        let (first, rest) = says.split_first().unwrap();
        let source = (!rest.is_empty()).then(|| Box::new(failed(rest)));
        Failed { says: first, source }
    }

    #[test]
    fn a_chain_names_every_cause_once() {
        let error =
            failed(&["it could not be stored", "disk I/O error", "disk I/O error", "no space"]);
        assert_eq!(chain(&error), "it could not be stored: disk I/O error: no space");
        assert_eq!(chain(&Cause::of(&error)), chain(&error));
    }
}
