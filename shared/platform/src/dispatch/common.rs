//! What events, runs and holds have in common, by which they find each other.

use serde_json::Value;
use tradewind_engine::expressions::{Expression, Scope};

/// A text or a number, as text; or why the expression gives neither.
pub(crate) fn common_value(expression: &Expression, scope: &Scope) -> Result<String, String> {
    match expression.evaluate(scope) {
        Ok(Value::String(text)) if !text.is_empty() => Ok(text),
        Ok(Value::Number(number)) => Ok(number.to_string()),
        Ok(_) => Err("gives neither a text nor a number".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
