use super::*;

#[test]
fn amounts_are_written_by_the_exponent_of_their_currency() {
    let written = |amount, currency| to_decimal(amount, currency).unwrap();
    assert_eq!(written(5700, "EUR"), "57.00");
    assert_eq!(written(5, "EUR"), "0.05");
    assert_eq!(written(0, "EUR"), "0.00");
    assert_eq!(written(-5, "EUR"), "-0.05");
    assert_eq!(written(5700, "JPY"), "5700");
    assert_eq!(written(5700, "KWD"), "5.700");
    assert_eq!(written(12345, "CLF"), "1.2345");
    assert_eq!(written(i64::MIN, "EUR"), "-92233720368547758.08");
    assert_eq!(to_decimal(1, "ZZZ"), Err(AmountError::UnknownCurrency));
}

#[test]
fn texts_are_read_by_the_exponent_of_their_currency() {
    assert_eq!(from_decimal("57", "EUR"), Ok(5700));
    assert_eq!(from_decimal("57.5", "EUR"), Ok(5750));
    assert_eq!(from_decimal("57.500", "EUR"), Ok(5750));
    assert_eq!(from_decimal("-0.05", "eur"), Ok(-5));
    assert_eq!(from_decimal("5700", "JPY"), Ok(5700));
    assert_eq!(from_decimal("5.7", "KWD"), Ok(5700));
    assert_eq!(from_decimal("-92233720368547758.08", "EUR"), Ok(i64::MIN));
}

#[test]
fn decimals_a_currency_does_not_have_are_refused() {
    assert_eq!(from_decimal("0.001", "JPY").unwrap_err().code(), "amount_precision");
    assert_eq!(from_decimal("0.30000000000000004", "EUR").unwrap_err().code(), "amount_precision");
    assert_eq!(from_decimal("0.0001", "KWD"), Err(AmountError::Precision { exponent: 3 }));
}

#[test]
fn what_is_no_decimal_number_is_no_amount() {
    for text in ["", "-", ".", "1.", ".5", "1e3", "1,5", "+1", " 1", "1.2.3", "--1", "١"] {
        assert_eq!(from_decimal(text, "EUR"), Err(AmountError::Invalid), "{text}");
    }
    assert_eq!(from_decimal("92233720368547758.08", "EUR"), Err(AmountError::TooLarge));
}
