//! The orders as bytes on the wire, and reading such bytes.

use crate::large::large_order;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use std::io;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// What Commerce Layer signs by.
pub(crate) const SECRET: &str = "hush";
/// The path of the hook.
const PATH: &str = "/hooks/commercelayer/shop";
const ORDER: &str = include_str!("../../src/demo/project/order.json");

/// So many orders, each with an id of its own, signed, as whole requests.
pub(crate) fn orders(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(order).collect()
}

/// The order with that number.
pub(crate) fn order(number: usize) -> Vec<u8> {
    request(&ORDER.replace("wKpYhLmNqR", &format!("order{number}")))
}

/// So many orders of a thousand lines, about 5 MB each.
pub(crate) fn large_orders(count: u32) -> Vec<Vec<u8>> {
    (0..count).map(|number| request(&large_order(number, 1_000))).collect()
}

/// An order under the signature of another one.
pub(crate) fn wrongly_signed() -> Vec<u8> {
    let order = String::from_utf8_lossy(&orders(1).concat()).into_owned();
    // The body is as long as the head says.
    order.replace("order0", "order1").into_bytes()
}

/// A body as Commerce Layer sends it.
fn request(body: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = STANDARD.encode(hmac::sign(&key, body.as_bytes()));
    let length = body.len();
    format!(
        "POST {PATH} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/vnd.api+json\r\n\
         x-commercelayer-topic: orders.place\r\nx-commercelayer-signature: {signature}\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Reads one message and returns its first line; `None` where the connection ends.
pub(crate) async fn read(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut bytes = Vec::with_capacity(8_192);
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or_default();
    while bytes.len() < head + length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
    Ok(text.lines().next().map(str::to_owned))
}
