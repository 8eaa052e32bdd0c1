//! Bytes made shorter, for items, envelopes and the bucket.

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use std::io::{Read as _, Write as _};

/// Longer bytes are deflated in haste: a function has a part of a processor, and a sender waits.
const LONG_BYTES: usize = 1024 * 1024;

/// The bytes, deflated.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    let is_long = bytes.len() > LONG_BYTES;
    let level = if is_long { Compression::fast() } else { Compression::default() };
    let mut encoder = DeflateEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes all bytes")
}

/// What [`pack`] made, up to so many bytes: a longer one than anybody packs is damage.
pub(crate) fn unpack(packed: &[u8], bytes_max: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    DeflateDecoder::new(packed).take(bytes_max).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
