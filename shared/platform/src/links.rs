//! Links by which people decide an approval.
//!
//! Invariant: nothing is stored for a link. Its token says itself which approval it is for and who was told,
//! and is sealed with a key that only those have who make links and who take them. A link opens its approval as
//! long as it can be decided, also after a replay: its messages are not sent again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use secrecy::ExposeSecret as _;
use tradewind_engine::ids::{ConnectionName, RunId, StepPath};
use tradewind_engine::ports::SecretText;

/// The bytes of the seal: nobody finds one by trying.
const SEAL_BYTES: usize = 16;
/// A longer token is none of ours.
const TOKEN_CHARACTERS_MAX: usize = 2_048;
/// What is sealed begins with it, so that the key may seal other things as well.
const PURPOSE: &[u8] = b"tradewind approval 1\n";

/// An approval, and who was told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalLink {
    /// The run, or the branch of a loop.
    pub run: RunId,
    /// The approval.
    pub step: StepPath,
    /// The connection through which the link was sent.
    pub via: ConnectionName,
}

impl ApprovalLink {
    /// The address at which people decide.
    pub fn url(&self, public_url: &str, key: &SecretText) -> String {
        format!("{public_url}/links/{}", self.token(key))
    }

    /// What tells the link from all others.
    pub fn token(&self, key: &SecretText) -> String {
        let named = format!("{}\n{}\n{}", self.run, self.step, self.via);
        let seal = hmac::sign(&sealing(key), &sealed(&named));
        let mut bytes = seal.as_ref()[..SEAL_BYTES].to_vec();
        bytes.extend_from_slice(named.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The link of this token, where it is one of ours.
    pub fn of(token: &str, key: &SecretText) -> Option<Self> {
        if token.len() > TOKEN_CHARACTERS_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (seal, named) = bytes.split_at_checked(SEAL_BYTES)?;
        let named = std::str::from_utf8(named).ok()?;
        let right = hmac::sign(&sealing(key), &sealed(named));
        // Compared in constant time, as `ring` does it: as messages under one more key.
        let compared = sealing(key);
        let expected = hmac::sign(&compared, &right.as_ref()[..SEAL_BYTES]);
        hmac::verify(&compared, seal, expected.as_ref()).ok()?;
        let mut names = named.split('\n');
        let (run, step, via) = (names.next()?, names.next()?, names.next()?);
        Some(Self { run: run.into(), step: step.into(), via: via.into() })
    }
}

fn sealing(key: &SecretText) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret().as_bytes())
}

fn sealed(named: &str) -> Vec<u8> {
    [PURPOSE, named.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> ApprovalLink {
        ApprovalLink { run: "run_1/each/3".into(), step: "each[317].ask".into(), via: "ops".into() }
    }

    #[test]
    fn a_link_is_known_by_its_token() {
        let key = SecretText::from("a key");
        let token = link().token(&key);
        assert!(token.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{token}");
        assert_eq!(ApprovalLink::of(&token, &key), Some(link()));
    }

    #[test]
    fn what_somebody_changed_or_made_up_is_none() {
        let key = SecretText::from("a key");
        let token = link().token(&key);
        let other = ApprovalLink { step: "each[318].ask".into(), ..link() }.token(&key);
        let seal = URL_SAFE_NO_PAD.decode(&token).unwrap()[..SEAL_BYTES].to_vec();
        let named = URL_SAFE_NO_PAD.decode(&other).unwrap()[SEAL_BYTES..].to_vec();
        let swapped = URL_SAFE_NO_PAD.encode([seal, named].concat());
        let foreign = link().token(&SecretText::from("another key"));
        let long = "A".repeat(TOKEN_CHARACTERS_MAX + 1);
        for wrong in
            ["", "A", "%", &token[1..], &token[..token.len() - 2], &swapped, &foreign, &long]
        {
            assert_eq!(ApprovalLink::of(wrong, &key), None, "{wrong}");
        }
    }
}
