//! Filters between the amounts of vendors and money.
//!
//! Invariant: no amount is rounded: what does not come out even is an error or null.

use super::super::error::{ExpressionCode, Fault};
use super::super::output::name_of;
use super::money::parts;
use super::{Filtered, text_of, wrong};
use crate::money::{self, AmountError};
use minijinja::Value;
use minijinja::value::ValueKind;

/// Money of an amount in major units: a decimal text, or a number by its shortest text.
pub(in super::super) fn as_money(value: &Value, currency: &Value) -> Filtered {
    let currency = code_of(currency, "as_money")?;
    let decimal = match value.kind() {
        ValueKind::Number => value.to_string(),
        _ => text_of(value, "as_money").map_err(|_| wrong(value, "as_money", WANTED))?.to_owned(),
    };
    let amount = money::from_decimal(&decimal, &currency);
    Ok(of(amount.map_err(|error| fault("as_money", &error))?, currency))
}

const WANTED: &str = "a decimal text or a number";

/// Money of an amount in minor units, which is a whole number.
pub(in super::super) fn minor(value: &Value, currency: &Value) -> Filtered {
    let currency = code_of(currency, "minor")?;
    if !value.is_integer() {
        return Err(wrong(value, "minor", "a whole number").into());
    }
    if money::exponent(&currency).is_none() {
        return Err(fault("minor", &AmountError::UnknownCurrency).into());
    }
    let amount =
        i64::try_from(value.clone()).map_err(|_| fault("minor", &AmountError::TooLarge))?;
    Ok(of(amount, currency))
}

/// The same money the other way round.
pub(in super::super) fn negative(value: &Value) -> Filtered {
    let (amount, currency) = parts(value, "negative")?;
    let amount = amount.checked_neg().ok_or_else(|| fault("negative", &AmountError::TooLarge))?;
    Ok(of(amount, currency))
}

/// One of so many equal parts, where these come out even; else null.
pub(in super::super) fn share(value: &Value, count: &Value) -> Filtered {
    let (amount, currency) = parts(value, "share")?;
    if count.is_none() {
        return Ok(Value::from(()));
    }
    if count.kind() != ValueKind::Number {
        let kind = name_of(count.kind());
        return Err(Fault::kind(format!("`share` needs a number of parts, but has {kind}")).into());
    }
    // `try_from` takes no number with a fraction.
    let count = i64::try_from(count.clone()).ok().filter(|count| *count > 0);
    let even = count.filter(|count| amount % count == 0);
    Ok(even.map_or(Value::from(()), |count| of(amount / count, currency)))
}

fn of(amount: i64, currency: String) -> Value {
    Value::from_pairs([("amount", Value::from(amount)), ("currency", currency.into())])
}

/// Vendors write `eur` as well.
fn code_of(currency: &Value, filter: &str) -> Result<String, Fault> {
    match currency.as_str() {
        Some(code) => Ok(code.to_ascii_uppercase()),
        None => Err(wrong(currency, filter, "a currency")),
    }
}

fn fault(filter: &str, error: &AmountError) -> Fault {
    match error {
        AmountError::UnknownCurrency => {
            let message = format!("`{filter}`: the currency is not in ISO 4217");
            Fault::new(ExpressionCode::CurrencyUnknown, message)
        }
        error => Fault::kind(format!("`{filter}`: {error}")),
    }
}
