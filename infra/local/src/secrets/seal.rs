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
use std::io;
use std::path::Path;
use tradewind_engine::digests::hex;
use tradewind_engine::ports::SecretText;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
/// A key is much shorter.
const FILE_BYTES_MAX: u64 = 4_096;
/// `secrets.key-before-…`: not used any more.
const PUT_ASIDE: &str = "key-before-";

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
        let kept = match private::read_secret(path, FILE_BYTES_MAX) {
            Ok(Some(kept)) => kept,
            Ok(None) => return Err(Error::KeyMissing(path.to_owned())),
            Err(source) => return Err(Error::file(path, source)),
        };
        if kept.was_open {
            return Err(Error::KeyOpen(path.to_owned()));
        }
        let key = STANDARD.decode(kept.content.trim_ascii()).ok();
        let key = key.and_then(|key| key.try_into().ok());
        let key: [u8; KEY_BYTES] = key.ok_or_else(|| Error::KeyCorrupt(path.to_owned()))?;
        Ok(Self(ChaCha20Poly1305::new(&Key::from(key))))
    }

    /// With the key in that file, which is made where there is none.
    pub(super) fn load_or_create(path: &Path) -> Result<Self, Error> {
        match Self::load(path) {
            Err(Error::KeyMissing(_)) => Self::create(path),
            loaded => loaded,
        }
    }

    /// With a new key in that file. One that stands there is put aside, not lost: it may belong to
    /// secrets that are restored later.
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        let wrong = |source| Error::file(path, source);
        if private::read_secret(path, FILE_BYTES_MAX).map_err(wrong)?.is_some() {
            Self::put_aside(path)?;
        }
        let key = private::random::<KEY_BYTES>().map_err(wrong)?;
        private::replace(path, STANDARD.encode(key).as_bytes()).map_err(wrong)?;
        Self::load(path)
    }

    fn put_aside(path: &Path) -> Result<(), Error> {
        let wrong = |source| Error::file(path, source);
        Self::load(path)?;
        let aside = path
            .with_extension(format!("{PUT_ASIDE}{}", hex(&private::random::<4>().map_err(wrong)?)));
        tracing::warn!("a key without secrets was there: it is put aside as {}", aside.display());
        fs::rename(path, &aside).map_err(wrong)
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
