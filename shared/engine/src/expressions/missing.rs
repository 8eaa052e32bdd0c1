//! What an expression makes of something that is not there.

use minijinja::Value;
use minijinja::value::ValueKind;

/// What undefined is. Workflows know their data by schema, and what is missing there is a mistake; what a
/// vendor leaves out of an answer and what it sends as null mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// An error, in workflows.
    IsAnError,
    /// Null, in the descriptions of providers: at any depth, for tests, filters and comparisons.
    IsNull,
}

impl Missing {
    /// The kind as which a value of this kind counts.
    pub(super) fn seen_as(self, kind: ValueKind) -> ValueKind {
        match (self, kind) {
            (Self::IsNull, ValueKind::Undefined) => ValueKind::None,
            _ => kind,
        }
    }
}

/// Whether a value is undefined or null.
pub(super) fn is_nothing(value: &Value) -> bool {
    value.is_undefined() || value.is_none()
}

/// The value, and null for undefined.
pub(super) fn null_for_undefined(value: &Value) -> Value {
    if value.is_undefined() { Value::from(()) } else { value.clone() }
}
