//! Sealing a secret with ChaCha20-Poly1305.
//!
//! Invariant: every seal has a nonce of its own, and a sealed value opens under its own name only.

use super::error::Error;
use crate::private;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use tradewind_engine::ports::SecretText;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// A value as the file holds it, both parts in base64.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealed {
    nonce: String,
    sealed: String,
}

/// What seals and opens.
pub(super) struct Sealer(ChaCha20Poly1305);

impl Sealer {
    /// With the key in that file.
    pub(super) fn load(path: &Path) -> Result<Self, Error> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Error::KeyMissing(path.to_owned()));
            }
            Err(source) => return Err(Error::file(path, source)),
        };
        let key = STANDARD.decode(text.trim()).ok().and_then(|key| key.try_into().ok());
        let key: [u8; KEY_BYTES] = key.ok_or_else(|| Error::KeyCorrupt(path.to_owned()))?;
        Ok(Self(ChaCha20Poly1305::new(&Key::from(key))))
    }

    /// With the key in that file, which is made where there is none.
    pub(super) fn load_or_create(path: &Path) -> Result<Self, Error> {
        if !path.exists() {
            let created = private::random::<KEY_BYTES>()
                .and_then(|key| private::replace(path, STANDARD.encode(key).as_bytes()));
            created.map_err(|source| Error::file(path, source))?;
        }
        Self::load(path)
    }

    pub(super) fn seal(&self, name: &str, value: &SecretText) -> io::Result<Sealed> {
        let nonce = private::random::<NONCE_BYTES>()?;
        let payload = Payload { msg: value.expose_secret().as_bytes(), aad: name.as_bytes() };
        let sealed = self.0.encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| io::Error::other("the secret could not be encrypted"))?;
        Ok(Sealed { nonce: STANDARD.encode(nonce), sealed: STANDARD.encode(sealed) })
    }

    /// `None`: it was changed, it is another secret's, or the key is another one.
    pub(super) fn open(&self, name: &str, sealed: &Sealed) -> Option<SecretText> {
        let nonce: [u8; NONCE_BYTES] = STANDARD.decode(&sealed.nonce).ok()?.try_into().ok()?;
        let bytes = STANDARD.decode(&sealed.sealed).ok()?;
        let payload = Payload { msg: &bytes, aad: name.as_bytes() };
        let opened = self.0.decrypt(&Nonce::from(nonce), payload).ok()?;
        String::from_utf8(opened).ok().map(SecretText::from)
    }
}
