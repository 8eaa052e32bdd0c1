//! Tokens: 256 bits of chance, of which only a digest is kept.

use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::hint::black_box;
use tradewind_engine::digests::{from_hex, hex};
use tradewind_engine::ports::SecretText;

/// What every token begins with, so that whoever finds one knows what it is.
const PREFIX: &str = "tw_";

/// A new token out of bytes that nobody can guess.
pub fn new_token(random: [u8; 32]) -> SecretText {
    SecretText::from(format!("{PREFIX}{}", hex(&random)))
}

/// The SHA-256 digest of a token: from it the token cannot be found, because it is pure chance.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenDigest([u8; SHA256_OUTPUT_LEN]);

impl TokenDigest {
    /// The digest of this token.
    pub fn of(token: &str) -> Self {
        let mut bytes = [0; SHA256_OUTPUT_LEN];
        bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        Self(bytes)
    }

    /// Whether both are of the same token; takes as long wherever they begin to differ.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let pairs = self.0.iter().zip(&other.0);
        let difference =
            pairs.fold(0, |difference, (one, other)| black_box(difference | (one ^ other)));
        black_box(difference) == 0
    }
}

impl fmt::Display for TokenDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex(&self.0))
    }
}

impl From<TokenDigest> for String {
    fn from(digest: TokenDigest) -> Self {
        hex(&digest.0)
    }
}

impl TryFrom<String> for TokenDigest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = from_hex(&text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("a digest has 64 hexadecimal digits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn a_token_is_known_by_its_digest() {
        let token = new_token([7; 32]);
        assert_eq!(token.expose_secret().len(), 3 + 64);
        let digest = TokenDigest::of(token.expose_secret());
        let read = TokenDigest::try_from(digest.to_string()).unwrap();
        assert!(read.is(&digest));
        assert!(!read.is(&TokenDigest::of("tw_other")));
        for text in ["", "00", &"g".repeat(64), &"ä".repeat(32)] {
            assert!(TokenDigest::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
