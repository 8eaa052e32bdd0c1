//! A page of another site has its name resolve to this machine: the browser then takes the API for
//! that site, sends no foreign origin, and shows the page every answer. Only the host's name gives it away.

use super::given;
use crate::app::{Hook, Platform, order};
use crate::process::Started;
use std::process::Command;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const REFUSED: &str = "421 Misdirected Request";
const DONE: &str = "200 OK";

/// The status of the answer to a request that begins with these lines, and has the token.
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

fn with_arguments(arguments: &[&str]) -> impl FnOnce(Command) -> Command {
    move |mut command| {
        command.args(arguments);
        command
    }
}

#[tokio::test]
async fn a_name_that_somebody_else_gave_this_machine_opens_nothing() {
    let started = Started::spawn(&given(), |command| command);
    let platform = started.platform().await;
    for path in ["/api/project", "/api/openapi.json", "/api", "/api/none"] {
        let seen = answered(&platform, &format!("GET {path}"), &["host: evil.example:8080"]).await;
        assert_eq!(seen, REFUSED, "{path}");
    }
    // As the page of such a name asks: to the browser it is the page's own site.
    let own = ["host: evil.example:8080", "origin: http://evil.example:8080"];
    for first in ["PUT /api/project", "POST /api/workflows/thanks/pause", "GET /api/runs"] {
        assert_eq!(answered(&platform, first, &own).await, REFUSED, "{first}");
    }
    let whole = "GET http://evil.example/api/runs";
    assert_eq!(answered(&platform, whole, &["host: localhost"]).await, REFUSED);
    assert_eq!(
        answered(&platform, "GET /api/runs", &["host: localhost", "host: a"]).await,
        REFUSED
    );
    assert_eq!(answered(&platform, "GET /api/runs", &[]).await, REFUSED);
    for host in ["host: localhost:1", "host: 127.0.0.1", "host: [::1]:80"] {
        assert_eq!(answered(&platform, "GET /api/runs", &[host]).await, DONE, "{host}");
    }
    assert_eq!(
        answered(&platform, "GET http://localhost/api/runs", &["host: localhost"]).await,
        DONE
    );
    let paused = platform.get("/api/workflows/thanks").await["workflow"]["paused"].clone();
    assert_eq!(paused, false, "nothing was changed");
}

#[tokio::test]
async fn no_webhook_and_no_look_at_its_health_is_refused_for_the_name_it_came_by() {
    let started = Started::spawn(&given(), |command| command);
    let platform = started.platform().await;
    assert_eq!(answered(&platform, "GET /health", &["host: evil.example"]).await, DONE);
    let hook = Hook::commercelayer("shop", "orders.place", order(1).to_string(), "hush");
    assert_eq!(hook.header("host", "shop.example").send(&platform).await.status, 200);
}

#[tokio::test]
async fn the_host_of_the_public_url_and_those_of_the_command_line_are_its_own() {
    let more = ["--api-host", "tradewind.internal", "--api-host", "192.0.2.1"];
    let started = Started::spawn(&given(), with_arguments(&more));
    let platform = started.platform().await;
    let own = ["automation.example.com", "AUTOMATION.example.com:443", "tradewind.internal:8080"];
    for host in own.into_iter().chain(["192.0.2.1"]) {
        let seen = answered(&platform, "GET /api/runs", &[&format!("host: {host}")]).await;
        assert_eq!(seen, DONE, "{host}");
    }
    for host in ["192.0.2.2", "internal", "tradewind.internal.evil.example"] {
        let seen = answered(&platform, "GET /api/runs", &[&format!("host: {host}")]).await;
        assert_eq!(seen, REFUSED, "{host}");
    }
}

#[tokio::test]
async fn a_new_public_url_counts_at_once() {
    let app = given().start().await;
    let host = ["host: new.example.com"];
    assert_eq!(answered(&app, "GET /api/runs", &host).await, REFUSED);
    let mut files = app.given().files();
    let project = files["project"].as_str().unwrap().replace("automation", "new");
    files["project"] = project.into();
    assert_eq!(app.call("PUT", "/api/project", Some(files)).await.status, 200);
    assert_eq!(answered(&app, "GET /api/runs", &host).await, DONE);
    let before = ["host: automation.example.com"];
    assert_eq!(answered(&app, "GET /api/runs", &before).await, REFUSED);
}
