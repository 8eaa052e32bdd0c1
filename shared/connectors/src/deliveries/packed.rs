//! Bodies that come packed (`Content-Encoding: gzip`).
//!
//! Invariant: no more is unpacked than a body may be long, however small it came.

use super::{Delivery, Refusal};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use std::io::Read as _;

/// The first two bytes of whatever is packed by gzip (RFC 1952).
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Whether the label of a body names an encoding that is understood here.
pub(super) fn check_label(headers: &HeaderMap) -> Result<(), Refusal> {
    label(headers).map(|_| ())
}

/// The delivery with its body unpacked; nothing where it came as it is. A body whose label says gzip
/// although it is none was unpacked by something on its way, and is taken as it is.
pub(super) fn unpack(delivery: &Delivery, bytes_max: usize) -> Result<Option<Delivery>, Refusal> {
    if label(&delivery.headers)? == Label::Plain || !delivery.body.starts_with(&MAGIC) {
        return Ok(None);
    }
    let mut body = Vec::new();
    let mut packed = MultiGzDecoder::new(delivery.body.as_ref()).take(bytes_max as u64 + 1);
    packed.read_to_end(&mut body).map_err(|_| Refusal::EncodingInvalid)?;
    if body.len() > bytes_max {
        return Err(Refusal::BodyTooLarge(bytes_max));
    }
    let mut headers = delivery.headers.clone();
    headers.remove(CONTENT_ENCODING);
    let (method, query) = (delivery.method.clone(), delivery.query.clone());
    Ok(Some(Delivery { method, headers, query, body: Bytes::from(body) }))
}

#[derive(PartialEq)]
enum Label {
    Plain,
    Gzip,
}

fn label(headers: &HeaderMap) -> Result<Label, Refusal> {
    let given = headers.get_all(CONTENT_ENCODING).iter();
    let mut label = Label::Plain;
    for one in given.filter(|one| !one.as_bytes().eq_ignore_ascii_case(b"identity")) {
        let name = one.as_bytes().trim_ascii();
        let is_gzip = name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"x-gzip");
        // Packed twice is nobody's habit, and a way to make much of little.
        if !is_gzip || label == Label::Gzip {
            return Err(Refusal::EncodingUnsupported);
        }
        label = Label::Gzip;
    }
    Ok(label)
}
