//! Filters on money: a map of `amount`, in integer minor units, and `currency`.

use super::super::error::{ExpressionCode, Fault};
use super::{Filtered, wrong};
use crate::money::{self, AmountError};
use minijinja::Value;
use minijinja::value::ValueKind;

/// In major units: `57.00`.
pub(in super::super) fn decimal(value: &Value) -> Filtered {
    Ok(written(value, "decimal")?.0.into())
}

/// In major units with the currency: `57.00 EUR`.
pub(in super::super) fn money(value: &Value) -> Filtered {
    let (decimal, currency) = written(value, "money")?;
    Ok(format!("{decimal} {currency}").into())
}

/// To the nearest whole number, halves away from zero.
pub(in super::super) fn round(value: &Value) -> Filtered {
    if value.is_integer() {
        return Ok(value.clone());
    }
    if value.kind() != ValueKind::Number {
        return Err(wrong(value, "round", "a number").into());
    }
    let rounded = f64::try_from(value.clone())?.round();
    // Beyond 2^53 a float no longer tells one whole number from the next.
    if rounded.abs() > 9_007_199_254_740_992.0 {
        return Err(Fault::kind("`round`: the number is too large").into());
    }
    Ok(Value::from(rounded as i64))
}

/// The decimal text and the currency of a money value.
pub(super) fn written(value: &Value, filter: &str) -> Result<(String, String), Fault> {
    let (amount, currency) = parts(value, filter)?;
    let decimal = money::to_decimal(amount, &currency).map_err(|error| match error {
        AmountError::UnknownCurrency => {
            let message = format!("`{filter}`: the currency is not in ISO 4217");
            Fault::new(ExpressionCode::CurrencyUnknown, message)
        }
        error => Fault::kind(format!("`{filter}`: {error}")),
    })?;
    Ok((decimal, currency))
}

pub(super) fn parts(value: &Value, filter: &str) -> Result<(i64, String), Fault> {
    const WANTED: &str = "money, which is a map of a whole `amount` and a `currency`";
    if value.kind() != ValueKind::Map {
        return Err(wrong(value, filter, WANTED));
    }
    let member = |name: &str| value.get_attr(name).unwrap_or_default();
    let (amount, currency) = (member("amount"), member("currency"));
    let amount = if amount.is_integer() { i64::try_from(amount).ok() } else { None };
    match (amount, currency.as_str()) {
        (Some(amount), Some(currency)) => Ok((amount, currency.to_owned())),
        _ => Err(Fault::kind(format!("`{filter}` needs {WANTED}"))),
    }
}

/// A sum of whole numbers or of money in one currency.
#[derive(Default)]
pub(super) struct Total {
    amount: i64,
    currency: Option<String>,
    count: usize,
}

impl Total {
    pub(super) fn add(&mut self, value: &Value) -> Result<(), Fault> {
        let (amount, currency) = if value.is_integer() {
            let amount = i64::try_from(value.clone()).map_err(|_| too_large())?;
            (amount, None)
        } else if value.kind() == ValueKind::Map {
            let (amount, currency) = parts(value, "sum")?;
            (amount, Some(currency))
        } else {
            return Err(wrong(value, "sum", "whole numbers or money"));
        };
        if self.count > 0 && self.currency != currency {
            return Err(Fault::kind("`sum` needs one currency"));
        }
        self.amount = self.amount.checked_add(amount).ok_or_else(too_large)?;
        self.currency = currency;
        self.count += 1;
        Ok(())
    }

    pub(super) fn into_value(self) -> Value {
        match self.currency {
            Some(currency) => Value::from_pairs([
                ("amount", Value::from(self.amount)),
                ("currency", currency.into()),
            ]),
            None => self.amount.into(),
        }
    }
}

fn too_large() -> Fault {
    Fault::kind("`sum`: the sum is too large")
}
