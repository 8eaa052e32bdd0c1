//! Money between integer minor units and text, by the currency's ISO 4217 exponent.
//!
//! Invariant: no amount ever passes through a float.

use thiserror::Error;

/// Why a text is not an amount of a currency, or an amount cannot be written as text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AmountError {
    /// ISO 4217 does not list the currency.
    #[error("unknown currency")]
    UnknownCurrency,
    /// More decimals than the currency has.
    #[error("the amount has more decimals than the {exponent} of its currency")]
    Precision {
        /// How many decimals the currency has.
        exponent: u8,
    },
    /// Not digits with an optional sign and decimal point.
    #[error("the amount is not a decimal number")]
    Invalid,
    /// Beyond 64 bits.
    #[error("the amount is too large")]
    TooLarge,
}

impl AmountError {
    /// The stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownCurrency => "currency_unknown",
            Self::Precision { .. } => "amount_precision",
            Self::Invalid => "amount_invalid",
            Self::TooLarge => "amount_too_large",
        }
    }
}

/// How many decimals a currency has: EUR 2, JPY 0, KWD 3; nothing for an unknown currency.
pub fn exponent(currency: &str) -> Option<u8> {
    let code: [u8; 3] = currency.as_bytes().try_into().ok()?;
    let code = code.map(|letter| letter.to_ascii_uppercase());
    let listed = |codes: &str| codes.split_whitespace().any(|listed| listed.as_bytes() == code);
    match () {
        () if listed(WITHOUT_DECIMALS) => Some(0),
        () if listed(WITH_THREE_DECIMALS) => Some(3),
        () if listed(WITH_FOUR_DECIMALS) => Some(4),
        () if listed(WITH_TWO_DECIMALS) => Some(2),
        () => None,
    }
}

/// An amount in minor units as text in major units: 5700 EUR is `57.00`, 5700 JPY is `5700`.
pub fn to_decimal(amount: i64, currency: &str) -> Result<String, AmountError> {
    let exponent = usize::from(exponent(currency).ok_or(AmountError::UnknownCurrency)?);
    let sign = if amount < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", amount.unsigned_abs(), width = exponent + 1);
    let (major, minor) = digits.split_at(digits.len() - exponent);
    let point = if exponent > 0 { "." } else { "" };
    Ok(format!("{sign}{major}{point}{minor}"))
}

/// The minor units of a text in major units: `57`, `57.0` and `57.00` EUR are 5700.
pub fn from_decimal(text: &str, currency: &str) -> Result<i64, AmountError> {
    let exponent = exponent(currency).ok_or(AmountError::UnknownCurrency)?;
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text),
    };
    let (major, minor) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let all_digits =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(major) || !all_digits(minor) {
        return Err(AmountError::Invalid);
    }
    let minor = minor.trim_end_matches('0');
    if minor.len() > usize::from(exponent) {
        return Err(AmountError::Precision { exponent });
    }
    let digits = format!("{major}{minor:0<width$}", width = usize::from(exponent));
    let amount: i128 = digits.parse().map_err(|_| AmountError::TooLarge)?;
    i64::try_from(if negative { -amount } else { amount }).map_err(|_| AmountError::TooLarge)
}

// ISO 4217, list one (active currencies and funds).
const WITHOUT_DECIMALS: &str =
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
const WITH_THREE_DECIMALS: &str = "BHD IQD JOD KWD LYD OMR TND";
const WITH_FOUR_DECIMALS: &str = "CLF UYW";
const WITH_TWO_DECIMALS: &str = "\
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN \
    BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP \
    GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP \
    LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR \
    NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN \
    SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR \
    ZMW ZWG";

#[cfg(test)]
mod tests;
