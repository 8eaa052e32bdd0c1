//! Hosts that answer otherwise the second time: names whose address changes between check and call, and
//! services that send on to another host.

use super::forms::{get, shop};
use super::trap::chat;
use crate::app::{Hook, order};
use crate::fakes::{Answer, FakeServer};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use tradewind_engine::hosts::Reason;
use tradewind_engine::ports::{Http as _, HttpError};
use tradewind_system::{GuardedHttp, Lookup};

/// A name server that gives another answer each time.
struct Rebinding(Mutex<VecDeque<&'static str>>);

#[async_trait]
impl Lookup for Rebinding {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let next = self.0.lock().unwrap().pop_front().expect("looked up once too often");
        Ok(vec![next.parse().unwrap()])
    }
}

fn guarded(allowed: &str, answers: &[&'static str]) -> (GuardedHttp, Arc<Rebinding>) {
    let lookup = Arc::new(Rebinding(Mutex::new(answers.iter().copied().collect())));
    (GuardedHttp::with_lookup(allowed.parse().unwrap(), lookup.clone()).unwrap(), lookup)
}

#[tokio::test]
async fn what_was_checked_is_connected_to_and_the_name_is_not_looked_up_again() {
    // It closes each connection after its answer, so that every call looks the name up.
    let server = FakeServer::deciding(|_| Answer::status(204).header("connection", "close")).await;
    let url = server.url.replace("127.0.0.1", "localhost");
    let (http, lookup) = guarded("localhost:*", &["127.0.0.1", "169.254.169.254", "127.0.0.1"]);
    let first = http.send(&shop(), get(&url)).await.unwrap();
    assert_eq!(first.status, 204);
    assert_eq!(lookup.0.lock().unwrap().len(), 2, "looked up once");
    let second = http.send(&shop(), get(&url)).await.err().unwrap();
    assert!(
        matches!(&second, HttpError::Blocked(blocked) if blocked.reason == Reason::PrivateAddress)
    );
    let third = http.send(&shop(), get(&url)).await.unwrap();
    assert_eq!(third.status, 204);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_redirect_to_the_metadata_of_the_machine_parks_the_run() {
    for status in [301, 302, 303, 307, 308] {
        let metadata = "http://169.254.169.254/latest/meta-data/iam/";
        let moved = Answer::status(status).header("location", metadata);
        let slack = FakeServer::scripted([moved]).await;
        let given = chat("  target: { provider: slack, url: \"${{ secret.url }}\" }\n");
        let app = given.secret("url", &format!("{}/services/s3cret", slack.url)).start().await;
        let hook = Hook::commercelayer("shop", "orders.place", order(1).to_string(), "hush");
        let run = app.run_of(&hook.send(&app).await.event()).await;
        let parked = app.run_in(&run, "parked").await["run"].to_string();
        assert!(parked.contains("redirect_blocked: "), "{parked}");
        assert_eq!(slack.seen().len(), 1, "neither repeated nor followed");
        app.stop().await;
    }
}
