//! From decimal texts to numbers of JSON, for vendors that want them.

use super::super::error::Fault;
use super::{Filtered, text_of, wrong};
use minijinja::Value;
use minijinja::value::ValueKind;

/// The most digits that a number of JSON carries for every reader.
const DIGITS_MAX: usize = 15;

/// The number that a decimal text stands for, exactly; a number stays as it is.
pub(in super::super) fn number(value: &Value) -> Filtered {
    if value.kind() == ValueKind::Number {
        return Ok(value.clone());
    }
    let text = text_of(value, "number").map_err(|_| wrong(value, "number", "a decimal text"))?;
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return Err(Fault::kind("`number`: the text is no decimal number").into());
    }
    let fraction = fraction.trim_end_matches('0');
    if whole.trim_start_matches('0').len() + fraction.len() > DIGITS_MAX {
        return Err(Fault::kind(format!("`number` is exact to {DIGITS_MAX} digits")).into());
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let cannot = |_| Fault::kind("`number`: the text is no decimal number");
    if fraction.is_empty() {
        let number: i64 = format!("{sign}{whole}").parse().map_err(|_| cannot(()))?;
        return Ok(number.into());
    }
    let number: f64 = format!("{sign}{whole}.{fraction}").parse().map_err(|_| cannot(()))?;
    Ok(number.into())
}
