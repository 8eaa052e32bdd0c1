//! Nobody reads the log any more, nobody takes it, or its disk is full: the work goes on.

use super::started::{Started, in_shell};
use crate::app::{Given, Hook, order};
use crate::fakes::{Answer, FakeServer, sendgrid};
use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.cl_webhook }}\" }
  mail: { provider: sendgrid, base_url: MAIL, api_key: \"${{ secret.mail }}\", from: a@example.com }
";

const THANKS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: thank
    uses: email.send
    via: mail
    retry: { attempts: 5, over: 4s }
    with: { to: ada@example.com, subject: Thank you, text: Yours }
";

/// A provider that is down for its first two calls: both are logged.
async fn mail() -> FakeServer {
    let calls = AtomicU32::new(0);
    FakeServer::deciding(move |_| match calls.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Answer::status(503),
        _ => sendgrid::taken(),
    })
    .await
}

fn shop(mail: &FakeServer) -> Given {
    Given::project(&PROJECT.replace("MAIL", &mail.url))
        .workflow("thanks", THANKS)
        .secret("cl_webhook", "hush")
        .secret("mail", "SG.hush")
}

/// Refused deliveries are answered, and orders get their mails, whatever becomes of the log.
async fn check_work(started: &Started) {
    let platform = started.platform().await;
    let placed = |number: u32, secret: &str| {
        Hook::commercelayer("shop", "orders.place", order(number).to_string(), secret)
    };
    for _ in 0..3 {
        assert_eq!(placed(1, "wrong").send(&platform).await.status, 401);
    }
    for number in 1..4 {
        let event = placed(number, "hush").send(&platform).await.event();
        let run = platform.run_of(&event).await;
        platform.run_in(&run, "succeeded").await;
    }
    assert_eq!(platform.call("GET", "/health", None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_when_nobody_reads_the_log_any_more() {
    let mail = mail().await;
    let mut started = Started::spawn(&shop(&mail), |mut command| {
        command.stderr(Stdio::piped());
        command
    });
    let mut log = BufReader::new(started.child().stderr.take().unwrap());
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    assert!(line.starts_with("tradewind serves"), "{line}");
    drop(log);
    check_work(&started).await;
    started.signal("TERM");
    assert!(started.ended().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_when_the_disk_below_the_log_is_full() {
    let mail = mail().await;
    let mut started = Started::spawn(&shop(&mail), |mut command| {
        command.stderr(OpenOptions::new().write(true).open("/dev/full").unwrap());
        command
    });
    check_work(&started).await;
    started.signal("TERM");
    assert!(started.ended().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_and_ends_when_nobody_takes_the_log() {
    let mail = mail().await;
    let mut started = Started::spawn(&shop(&mail), |mut command| {
        // Everything is logged, and a pipe that is not read takes 64 KB.
        command.env("RUST_LOG", "trace").stderr(Stdio::piped());
        command
    });
    let platform = started.platform().await;
    for _ in 0..1_000 {
        Hook::new("/hooks/nobody/here", "{}").send(&platform).await;
    }
    check_work(&started).await;
    started.signal("TERM");
    assert!(started.ended().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_without_a_standard_error() {
    let mail = mail().await;
    let closed = |command: Command| in_shell("exec 2>&-", &command);
    let mut started = Started::spawn(&shop(&mail), closed);
    check_work(&started).await;
    started.signal("TERM");
    assert!(started.ended().await.success());
}
