//! What the head of a request decides, before anything of its body has come.

use crate::app::{Given, TestApp};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.shop }}\" }
  bare: { provider: commercelayer, organization: acme }
  hook:
    provider: webhook
    verify: { scheme: standard_webhooks, secret: \"${{ secret.hook }}\" }
";

fn given() -> Given {
    Given::project(PROJECT)
        .secret("shop", "hush")
        .secret("hook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
}

const SIGNED: &str = "x-commercelayer-topic: orders.place\r\nx-commercelayer-signature: eA==\r\n";

fn head(request: &str, headers: &str) -> String {
    format!("{request} HTTP/1.1\r\nhost: shop\r\ncontent-length: 1000\r\n{headers}\r\n")
}

/// A request of which only the head ever comes: the whole answer until the other side closes.
async fn answered(app: &TestApp, head: &str) -> String {
    let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    // Far less than a body may take, and the time of the platform stands still.
    tokio::time::timeout(Duration::from_secs(8), read).await.expect("it is answered").unwrap();
    answer
}

async fn check(head: &str, expected: &str) {
    let app = given().start().await;
    for expect in ["", "expect: 100-continue\r\n"] {
        let head = head.replacen("\r\n\r\n", &format!("\r\n{expect}\r\n"), 1);
        let answer = answered(&app, &head).await;
        let (status, code) = expected.split_once(' ').unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{head}{answer}");
        assert!(answer.contains(&format!("\"{code}\"")), "{head}{answer}");
        assert!(answer.to_ascii_lowercase().contains("connection: close"), "{head}{answer}");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_costs_no_body() {
    for path in ["/hooks/commercelayer/nobody", "/hooks/nobody/shop", "/hooks/commercelayer/bare"] {
        check(&head(&format!("POST {path}"), SIGNED), "404 not_found").await;
    }
    check(&head("POST /anything/else", ""), "404 not_found").await;
}

#[tokio::test]
async fn method_length_encoding_and_type_are_looked_at_first() {
    let at = "POST /hooks/commercelayer/shop";
    check(&head("PUT /hooks/commercelayer/shop", SIGNED), "405 method_not_allowed").await;
    let long = head(at, SIGNED).replace("content-length: 1000", "content-length: 6291457");
    check(&long, "413 body_too_large").await;
    let packed = format!("{SIGNED}content-encoding: br\r\n");
    check(&head(at, &packed), "415 encoding_unsupported").await;
    let xml = format!("{SIGNED}content-type: text/xml\r\n");
    check(&head(at, &xml), "415 content_type_unsupported").await;
}

#[tokio::test]
async fn who_signs_nothing_is_not_asked_for_a_body() {
    let at = "POST /hooks/commercelayer/shop";
    let topic = "x-commercelayer-topic: orders.place\r\n";
    check(&head(at, topic), "401 signature_missing").await;
    let old = "webhook-id: 1\r\nwebhook-timestamp: 1000\r\nwebhook-signature: v1,eA==\r\n";
    check(&head("POST /hooks/webhook/hook", old), "401 timestamp_out_of_range").await;
    let odd = "webhook-id: 1\r\nwebhook-timestamp: abc\r\nwebhook-signature: v1,eA==\r\n";
    check(&head("POST /hooks/webhook/hook", odd), "401 signature_malformed").await;
}

#[tokio::test]
async fn a_body_that_stands_still_is_waited_for_as_long_as_its_sender_waits() {
    let app = given().start().await;
    let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).await.unwrap();
    let head = head("POST /hooks/commercelayer/shop", &format!("{SIGNED}expect: 100-continue\r\n"));
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut going_on = [0; 25];
    stream.read_exact(&mut going_on).await.unwrap();
    assert!(going_on.starts_with(b"HTTP/1.1 100"));
    app.clock.pass(Duration::from_secs(11));
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_secs(3), read).await.expect("it is answered").unwrap();
    assert!(answer.contains("body_incomplete"), "{answer}");
    app.stop().await;
}
