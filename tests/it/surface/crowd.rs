//! Connections that finish nothing: each ends, all of them together have a bound, and whoever does send
//! a request gets in.

use crate::app::{Given, Hook, ORDER, Platform};
use crate::process::{Started, in_shell};
use std::fs;
use std::io::Write as _;
use std::net::TcpStream;

const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.shop }}\" }
";

fn given() -> Given {
    Given::project(PROJECT).secret("shop", "hush")
}

fn resident_kb(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().split(' ').next().unwrap().parse().unwrap()
}

/// So many connections, each with the beginning of a head of 400 KB.
fn unfinished(platform: &Platform, count: usize) -> Vec<TcpStream> {
    let address = platform.url.trim_start_matches("http://");
    let head = format!("POST / HTTP/1.1\r\nhost: a\r\nx-long: {}", "x".repeat(390_000));
    let open = |_| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_nonblocking(true).unwrap();
        // What does not go through is not read by the other side.
        let _ = stream.write(head.as_bytes());
        let _ = stream.write(head.as_bytes());
        stream
    };
    (0..count).map(open).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_unfinished_heads_take_little_and_keep_nobody_out() {
    let mut started = Started::spawn(&given(), |command| command);
    let platform = started.platform().await;
    let hook = Hook::commercelayer("shop", "orders.place", ORDER, "hush");
    let placed = || hook.send(&platform);
    assert_eq!(placed().await.status, 200);
    let before = resident_kb(started.child().id());
    let held = unfinished(&platform, 900);
    let more = unfinished(&platform, 1_100);
    assert_eq!(placed().await.status, 200, "a signed webhook gets in");
    let taken = resident_kb(started.child().id()).saturating_sub(before);
    assert!(taken < 80_000, "{taken} KB");
    drop((held, more));
    started.signal("TERM");
    assert!(started.ended().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_files_are_few_signed_webhooks_get_in_all_the_same_and_the_log_says_why() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut started = Started::spawn(&given(), |command| {
        let mut command = in_shell("ulimit -n 56", &command);
        command.stderr(log.reopen().unwrap());
        command
    });
    let platform = started.platform().await;
    let hook = Hook::commercelayer("shop", "orders.place", ORDER, "hush");
    let mut held = unfinished(&platform, 200);
    for _ in 0..5 {
        held.extend(unfinished(&platform, 20));
        assert_eq!(hook.send(&platform).await.status, 200, "a signed webhook gets in");
    }
    let said = platform
        .wait_for("a word on it in the log", async || {
            let said = fs::read_to_string(log.path()).unwrap();
            said.contains("those that wait longest for their senders are closed").then_some(said)
        })
        .await;
    assert!(said.len() < 20_000, "{said}");
    drop(held);
    started.signal("TERM");
    assert!(started.ended().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn senders_that_stop_within_large_bodies_do_not_delay_a_signed_order() {
    let mut started = Started::spawn(&given(), |command| command);
    let platform = started.platform().await;
    let address = platform.url.trim_start_matches("http://");
    let head = "POST /hooks/commercelayer/shop HTTP/1.1\r\nhost: a\r\n\
                content-type: application/json\r\nx-commercelayer-topic: orders.place\r\n\
                x-commercelayer-signature: AAAA\r\ncontent-length: 6000000\r\n\r\n";
    let part = "x".repeat(300_000);
    let held = (0..20).map(|_| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(format!("{head}{part}").as_bytes()).unwrap();
        stream
    });
    let held: Vec<_> = held.collect();
    let order = format!("{ORDER}{}", " ".repeat(300_000));
    let hook = Hook::commercelayer("shop", "orders.place", order, "hush");
    let sent = tokio::time::timeout(std::time::Duration::from_secs(1), hook.send(&platform)).await;
    assert_eq!(sent.expect("it waits for nobody").status, 200);
    drop(held);
    started.signal("TERM");
    assert!(started.ended().await.success());
}
