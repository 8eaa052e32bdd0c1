//! The HTTP client below all providers: what it sends, what it never does, and what it says of
//! answers that do not come.

use super::stage::Stage;
use crate::fakes::{Answer, FakeServer};
use bytes::Bytes;
use expect_test::expect;
use http::{HeaderMap, Method};
use std::time::Duration;
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ports::{BODY_BYTES_MAX, Http, HttpError, HttpRequest, HttpResponse};

fn get(url: &str) -> HttpRequest {
    HttpRequest {
        method: Method::GET,
        url: url.to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        timeout: Duration::from_secs(10),
    }
}

/// Somebody without hosts: what is called here was allowed by the operator.
fn nobody() -> Recipient {
    Recipient::new("nobody", &[] as &[&str])
}

async fn send(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    Stage::new().http.send(&nobody(), request).await
}

#[tokio::test]
async fn nothing_is_added_to_a_request_but_what_http_demands() {
    let server = FakeServer::scripted([Answer::status(200), Answer::status(200)]).await;
    let url = format!("{}/a%20b?c=%2F", server.url);
    send(get(&url)).await.unwrap();
    send(HttpRequest { method: Method::POST, body: Bytes::from("hello"), ..get(&url) })
        .await
        .unwrap();
    expect![[r#"
        GET /a%20b?c=%2F
        accept: */*
        host: SERVER



        POST /a%20b?c=%2F
        accept: */*
        content-length: 5
        host: SERVER

        hello
    "#]]
    .assert_eq(&server.transcript());
}

#[tokio::test]
async fn an_answer_is_handed_over_as_it_came() {
    let answer = Answer::status(418)
        .header("content-encoding", "gzip")
        .header("set-cookie", "a=1")
        .header("set-cookie", "b=2")
        .body(b"\x1f\x8b not unpacked".to_vec());
    let server = FakeServer::scripted([answer]).await;
    let response = send(get(&server.url)).await.unwrap();
    assert_eq!(response.status.as_u16(), 418);
    assert_eq!(response.headers.get_all("set-cookie").iter().count(), 2);
    assert_eq!(response.body, b"\x1f\x8b not unpacked".as_slice());
}

#[tokio::test]
async fn an_answer_may_be_as_long_as_the_limit_and_no_longer() {
    let body = |bytes| Answer::status(201).body(vec![b'x'; bytes]);
    let server = FakeServer::scripted([body(BODY_BYTES_MAX), body(BODY_BYTES_MAX + 1)]).await;
    assert_eq!(send(get(&server.url)).await.unwrap().body.len(), BODY_BYTES_MAX);
    let oversize = send(get(&server.url)).await.err().unwrap();
    assert!(matches!(oversize, HttpError::Oversize(status) if status.as_u16() == 201));
}

#[tokio::test]
async fn a_reset_on_a_kept_connection_is_a_lost_answer_and_not_repeated() {
    let script = [Answer::status(200), Answer::Resets, Answer::status(200)];
    let server = FakeServer::scripted(script).await;
    let http = Stage::new().http;
    assert!(http.send(&nobody(), get(&server.url)).await.is_ok());
    assert!(matches!(http.send(&nobody(), get(&server.url)).await, Err(HttpError::Lost(_))));
    assert_eq!(server.seen().len(), 2);
    assert!(http.send(&nobody(), get(&server.url)).await.is_ok());
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_lost() {
    let server = FakeServer::scripted([Answer::Stalls { status: 200 }]).await;
    let request = HttpRequest { timeout: Duration::from_millis(200), ..get(&server.url) };
    assert_eq!(send(request).await.err(), Some(HttpError::Lost("timed out".to_owned())));
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let refused = send(get("http://127.0.0.1:1/s3cret")).await.err().unwrap();
    assert!(matches!(refused, HttpError::NotSent(_)), "{refused}");
    let plain = FakeServer::scripted([]).await;
    let https = plain.url.replace("http://", "https://");
    let no_tls = send(get(&format!("{https}/s3cret"))).await.err().unwrap();
    assert!(matches!(no_tls, HttpError::NotSent(_)), "{no_tls}");
    for error in [refused, no_tls] {
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_web_address_is_never_called() {
    let mut lines = Vec::new();
    for url in ["file:///etc/passwd", "ftp://a", "/orders", "http://", "http://me:pw@127.0.0.1:1"] {
        lines.push(format!("{url}: {}", send(get(url)).await.err().unwrap()));
    }
    expect![[r#"
        file:///etc/passwd: url_blocked: scheme: its scheme is not https; write an address such as https://api.example.com
        ftp://a: url_blocked: scheme: its scheme is not https; write an address such as https://api.example.com
        /orders: url_blocked: url_invalid: it has no scheme; write an address such as https://api.example.com
        http://: url_blocked: url_invalid: it is no web address; write an address such as https://api.example.com
        http://me:pw@127.0.0.1:1: url_blocked: userinfo: it has a user name or a password before the host; write https:// and the host, without an `@`"#]]
    .assert_eq(&lines.join("\n"));
}
