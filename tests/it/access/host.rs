//! A page of another site has its name resolve to this machine: the browser then takes the API for
//! that site, sends no foreign origin, and shows the page every answer. Only the host's name gives it away.

use super::given;
use crate::app::Platform;
use crate::process::Started;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The first line of the answer to a request with these lines after the first.
async fn answered(platform: &Platform, first: &str, lines: &[&str]) -> String {
    let mut stream = TcpStream::connect(platform.url.trim_start_matches("http://")).await.unwrap();
    let mut request = format!("{first} HTTP/1.1\r\nconnection: close\r\n");
    request.push_str(&format!("authorization: Bearer {}\r\n", platform.token));
    lines.iter().for_each(|line| request.push_str(&format!("{line}\r\n")));
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.lines().next().unwrap_or_default().trim_start_matches("HTTP/1.1 ").to_owned()
}

#[tokio::test]
async fn a_name_that_somebody_else_gave_this_machine_opens_nothing() {
    let started = Started::spawn(&given(), |command| command);
    let platform = started.platform().await;
    let refused = "421 Misdirected Request";
    for path in ["/api/project", "/api/openapi.json", "/api", "/api/none"] {
        let seen = answered(&platform, &format!("GET {path}"), &["host: evil.example:8080"]).await;
        assert_eq!(seen, refused, "{path}");
    }
    let apply = ["host: evil.example:8080", "origin: http://evil.example:8080"];
    assert_eq!(answered(&platform, "PUT /api/project", &apply).await, refused);
}
