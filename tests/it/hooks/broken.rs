//! Requests that no well-behaved sender makes, byte by byte.

use super::shop::given;
use crate::app::TestApp;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tradewind_engine::ports::Clock;

const HEAD: &str = "POST /hooks/commercelayer/shop HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\
    x-commercelayer-topic: orders.place\r\nx-commercelayer-signature: eA==\r\n";

async fn check(request: Vec<u8>, expected: &str) {
    let app = given().start().await;
    check_answer(&app.raw(&request).await, expected);
    check_nothing_waits(&app).await;
    app.stop().await;
}

fn check_answer(answer: &str, expected: &str) {
    let status = answer.split(' ').nth(1).unwrap_or_default();
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let code = body["error"]["code"].as_str().unwrap_or_default();
    assert_eq!(format!("{status} {code}").trim_end(), expected, "{answer}");
}

async fn check_nothing_waits(app: &TestApp) {
    assert_eq!(app.store().queue_depths(app.clock.now()).await.unwrap(), []);
}

#[tokio::test]
async fn a_long_body_in_chunks_is_too_large() {
    let mut request = format!("{HEAD}transfer-encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..97 {
        request.extend(format!("{:x}\r\n{}\r\n", 65_536, " ".repeat(65_536)).into_bytes());
    }
    request.extend(b"0\r\n\r\n");
    check(request, "413 body_too_large").await;
}

#[tokio::test]
async fn a_body_in_broken_chunks_is_incomplete() {
    let request = format!("{HEAD}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n");
    check(request.into_bytes(), "400 body_incomplete").await;
}

#[tokio::test]
async fn a_body_that_never_comes_is_incomplete_after_ten_seconds() {
    let app = given().start().await;
    let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).await.unwrap();
    let head = format!("{HEAD}expect: 100-continue\r\ncontent-length: 5\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    // The other side asks for the body once it waits for it.
    let mut going_on = [0; 25];
    stream.read_exact(&mut going_on).await.unwrap();
    assert!(going_on.starts_with(b"HTTP/1.1 100"));
    stream.write_all(b"he").await.unwrap();
    app.clock.pass(Duration::from_secs(11));
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    check_answer(&answer, "400 body_incomplete");
    check_nothing_waits(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn a_request_that_is_no_http_harms_nobody() {
    let app = given().start().await;
    for garbage in ["\u{16}\u{3}\u{1}nonsense\r\n\r\n", "GET\r\n\r\n", "POST / HTTP/9.9\r\n\r\n"] {
        let answer = app.raw(garbage.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400") || answer.is_empty(), "{answer}");
    }
    assert_eq!(app.call("GET", "/health", None).await.verdict(), "200");
    app.stop().await;
}
