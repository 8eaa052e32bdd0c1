//! Why an expression could not be evaluated.

use std::fmt;
use thiserror::Error;

/// What went wrong, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpressionCode {
    /// Fuel, output or depth ran out.
    TemplateLimit,
    /// Something is not there.
    TemplateUndefined,
    /// Something is null where a value is needed.
    TemplateNull,
    /// A value is of another type than what is done with it needs.
    TemplateType,
    /// A text is no date.
    DateInvalid,
    /// A currency is not in ISO 4217.
    CurrencyUnknown,
}

impl ExpressionCode {
    /// The code as it is shown and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TemplateLimit => "template_limit",
            Self::TemplateUndefined => "template_undefined",
            Self::TemplateNull => "template_null",
            Self::TemplateType => "template_type",
            Self::DateInvalid => "date_invalid",
            Self::CurrencyUnknown => "currency_unknown",
        }
    }
}

impl fmt::Display for ExpressionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An expression that could not be evaluated. Never holds a value of the data.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{code}: {message}")]
pub struct ExpressionError {
    /// What went wrong.
    pub code: ExpressionCode,
    /// The expression as it is written; empty when a whole `with` is too large.
    pub expression: String,
    /// The field of `with` the expression stands in, such as `row.Total`.
    pub field: Option<String>,
    /// What went wrong, for people.
    pub message: String,
}

/// An error before it is known which expression it belongs to; travels through minijinja as the
/// source of its error.
#[derive(Clone, Debug, Error)]
#[error("{code}: {message}")]
pub(super) struct Fault {
    pub(super) code: ExpressionCode,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(code: ExpressionCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn limit(what: &str) -> Self {
        Self::new(ExpressionCode::TemplateLimit, what)
    }

    pub(super) fn kind(message: impl Into<String>) -> Self {
        Self::new(ExpressionCode::TemplateType, message)
    }

    /// Something undefined; what it is, is found out where the expression is known.
    pub(super) fn undefined() -> Self {
        Self::new(ExpressionCode::TemplateUndefined, "")
    }
}

impl From<Fault> for minijinja::Error {
    fn from(fault: Fault) -> Self {
        minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, "").with_source(fault)
    }
}
