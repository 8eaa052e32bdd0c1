//! The type of an unquoted scalar: the YAML 1.2 core schema, except that digits after a leading
//! zero stay text, and so does what a 64 bit integer or JSON cannot hold.

use super::Yaml;

/// The value an unquoted text stands for.
pub(super) fn resolve(text: &str) -> Yaml {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Yaml::Null,
        "true" | "True" | "TRUE" => Yaml::Bool(true),
        "false" | "False" | "FALSE" => Yaml::Bool(false),
        _ => number(text).unwrap_or_else(|| Yaml::Text(text.to_owned())),
    }
}

fn number(text: &str) -> Option<Yaml> {
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    let without_digits = whole.is_empty() && fraction.is_none_or(str::is_empty);
    let only_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if leading_zero || without_digits || !only_digits(whole) || !only_digits(fraction.unwrap_or(""))
    {
        return None;
    }
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if digits.is_empty() || !only_digits(digits) {
            return None;
        }
    }
    if fraction.is_none() && exponent.is_none() {
        return text.parse().ok().map(Yaml::Integer);
    }
    text.parse().ok().filter(|float: &f64| float.is_finite()).map(Yaml::Float)
}

fn radix(digits: &str, radix: u32) -> Option<Yaml> {
    let all_digits = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    all_digits.then(|| i64::from_str_radix(digits, radix).ok().map(Yaml::Integer)).flatten()
}
