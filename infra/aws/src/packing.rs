//! Bytes made shorter, for items, envelopes and the bucket.

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use std::io::{Read as _, Write as _};

/// The bytes, deflated.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes all bytes")
}

/// What [`pack`] made, up to so many bytes: a longer one than anybody packs is damage.
pub(crate) fn unpack(packed: &[u8], bytes_max: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    DeflateDecoder::new(packed).take(bytes_max).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
