//! The idempotency key in the form that a vendor wants: the same in every attempt.

use ring::digest::{SHA256, digest};
use tradewind_engine::descriptions::{Key, KeyForm};
use tradewind_engine::digests::hex;

/// The key as it is sent. One that does not fit is derived from it.
pub(super) fn sent(key: &Key, own: &str) -> String {
    let most = key.max.unwrap_or(usize::MAX);
    if key.form == KeyForm::Text && own.len() <= most {
        return own.to_owned();
    }
    let digits = hex(digest(&SHA256, own.as_bytes()).as_ref());
    let derived = match key.form {
        KeyForm::Uuid => uuid(&digits),
        KeyForm::Text | KeyForm::Hex => digits,
    };
    derived.chars().take(most).collect()
}

/// A UUID of version 8, whose digits its maker chooses (RFC 9562, section 5.8).
fn uuid(digits: &str) -> String {
    let [first, second, third, fourth, fifth] =
        [&digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..32]];
    format!("{first}-{second}-8{third}-8{fourth}-{fifth}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tradewind_engine::problems::Place;

    #[track_caller]
    fn check(form: KeyForm, max: Option<usize>, expected: &str) {
        let key = Key { place: Place::START, sent: None, form, max, window: None };
        assert_eq!(sent(&key, "run-1:confirm"), expected);
    }

    #[test]
    fn a_key_has_the_form_and_the_length_that_the_vendor_takes() {
        check(KeyForm::Text, None, "run-1:confirm");
        check(KeyForm::Text, Some(13), "run-1:confirm");
        let digits = hex(digest(&SHA256, b"run-1:confirm").as_ref());
        check(KeyForm::Text, Some(12), &digits[..12]);
        check(KeyForm::Hex, None, &digits);
        let uuid = format!(
            "{}-{}-8{}-8{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[13..16],
            &digits[17..20],
            &digits[20..32]
        );
        assert_eq!(uuid.len(), 36);
        check(KeyForm::Uuid, Some(36), &uuid);
    }
}
