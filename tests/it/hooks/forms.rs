//! Bodies that are forms or packed, and requests by which services try an address.

use super::shop::{PARCEL_SECRET, SECRET, given};
use crate::app::{Hook, ORDER, TestApp};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::Method;
use serde_json::{Value, json};
use std::io::Write as _;
use tradewind_engine::ports::Clock;

fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn parcel(app: &TestApp, id: &str, body: impl Into<Vec<u8>>) -> Hook {
    Hook::standard("parcels", id, body, PARCEL_SECRET, app.clock.now())
}

#[tokio::test]
async fn a_form_becomes_an_object_of_texts() {
    let app = given().start().await;
    let body = "id=tr_1&note=a+b%26c&tag=x&tag=y&empty=&bare";
    let hook = parcel(&app, "msg_1", body);
    let hook = hook.header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    let event = hook.send(&app).await.event();
    let expected = json!({
        "id": "tr_1", "note": "a b&c", "tag": ["x", "y"], "empty": "", "bare": "",
    });
    assert_eq!(app.dispatched(&event).await["data"]["body"], expected);
    let shop = Hook::commercelayer("shop", "orders.place", "a=b", SECRET);
    let shop = shop.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(shop.send(&app).await.verdict(), "415 content_type_unsupported");
    app.stop().await;
}

#[tokio::test]
async fn a_packed_order_is_unpacked_whichever_bytes_were_signed() {
    let app = given().start().await;
    for (label, over_packed) in [("gzip", true), ("x-gzip", false), ("GZIP", false)] {
        let bytes = packed(ORDER.as_bytes());
        let signed = if over_packed { bytes.clone() } else { ORDER.as_bytes().to_vec() };
        let hook = Hook::commercelayer("shop", "orders.place", signed, SECRET).body(bytes);
        let event = hook.header("content-encoding", label).send(&app).await.event();
        let shown = app.dispatched(&event).await;
        assert_eq!(shown["data"]["order"]["customer"]["email"], "ada@example.com", "{label}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_packed_body_that_grows_too_long_or_is_broken_is_refused() {
    let app = given().start().await;
    let check = async |body: Vec<u8>, label: &str, expected: &str| {
        let hook = Hook::commercelayer("shop", "orders.place", body, SECRET);
        let answered = hook.header("content-encoding", label).send(&app).await;
        assert_eq!(answered.verdict(), expected, "{label}");
    };
    check(packed(&vec![b' '; 20_000_000]), "gzip", "413 body_too_large").await;
    let mut cut = packed(ORDER.as_bytes());
    cut.truncate(cut.len() / 2);
    check(cut, "gzip", "400 encoding_invalid").await;
    check(packed(ORDER.as_bytes()), "br", "415 encoding_unsupported").await;
    check(packed(&packed(ORDER.as_bytes())), "gzip, gzip", "415 encoding_unsupported").await;
    app.stop().await;
}

#[tokio::test]
async fn an_address_may_be_tried_before_anything_is_sent() {
    let app = given().start().await;
    let try_at =
        async |method: Method, path: &str| Hook::new(path, "").method(method).send(&app).await;
    assert_eq!(try_at(Method::HEAD, "/hooks/webhook/parcels").await.status, 200);
    assert_eq!(try_at(Method::GET, "/hooks/webhook/parcels").await.status, 200);
    let echoed = try_at(Method::GET, "/hooks/webhook/parcels?challenge=abc%20%3Cb%3E").await;
    assert_eq!((echoed.status.as_u16(), echoed.text.as_str()), (200, "abc <b>"));
    assert_eq!(echoed.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(echoed.headers["x-content-type-options"], "nosniff");
    let path = "/hooks/webhook/parcels?validationToken=Validation%3a+x";
    assert_eq!(try_at(Method::POST, path).await.text, "Validation: x");
    assert_eq!(app.get("/api/refusals").await["refusals"], json!([]), "no refusal");
    assert_eq!(app.get("/api/events").await["events"], Value::Array(Vec::new()));
    assert_eq!(try_at(Method::GET, "/hooks/webhook/nobody").await.verdict(), "404 not_found");
    let put = try_at(Method::PUT, "/hooks/webhook/parcels").await;
    assert_eq!(put.headers["allow"], "POST, GET, HEAD");
    app.stop().await;
}
