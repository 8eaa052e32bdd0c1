//! One process that ends, in one way or another, while a call is on its way.

use super::process::{Process, data_dir};
use super::shop::{HEADER, placed, shop};
use crate::app::{Given, Platform, tradewind};
use crate::fakes::{Answer, FakeServer, Services, sendgrid};
use serde_json::Value;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::tempdir;
use tokio::sync::watch;
use tradewind::runtime::API_FILE;

/// Services that give another answer to the first request of that method and path.
struct Slow {
    server: FakeServer,
    arrived: watch::Receiver<bool>,
}

impl Slow {
    async fn start(method: &'static str, path: &'static str, first: Answer) -> Self {
        let (arrives, arrived) = watch::channel(false);
        let others = Services::start(HEADER).await;
        let is_first = AtomicBool::new(true);
        let server = FakeServer::deciding(move |request| {
            let is_it = request.method == method && request.target.starts_with(path);
            if is_it && is_first.swap(false, Ordering::Relaxed) {
                arrives.send_replace(true);
                return first.clone();
            }
            others.happened().answer(HEADER, request)
        });
        Self { server: server.await, arrived }
    }

    fn calls(&self, path: &str) -> usize {
        self.server.seen().iter().filter(|seen| seen.target.starts_with(path)).count()
    }

    /// Places an order and waits until the call is on its way.
    async fn order(&mut self, platform: &Platform) -> String {
        let event = placed(1).send(platform).await.event();
        self.arrived.wait_for(|arrived| *arrived).await.unwrap();
        platform.run_of(&event).await
    }
}

const MAIL: &str = "/v3/mail/send";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_on_its_way_at_a_kill_is_left_to_a_person() {
    let mut services = Slow::start("POST", MAIL, Answer::Stalls { status: 202 }).await;
    let (given, folder) = (shop(&services.server.url), tempdir().unwrap());
    given.write(folder.path());
    let process = Process::start(&given, folder.path()).await;
    let run = services.order(&process.platform).await;
    process.kill();

    let process = Process::start(&given, folder.path()).await;
    let parked = process.platform.run_in(&run, "parked").await;
    assert_eq!(parked["run"]["failure"]["kind"], "unknown_outcome");
    assert_eq!(parked["can"], serde_json::json!(["resolve"]));
    resolve(&given, folder.path(), &run).await;
    process.platform.run_in(&run, "succeeded").await;
    assert_eq!(services.calls(MAIL), 1);
}

async fn resolve(given: &Given, dir: &Path, run: &str) {
    let mut command = tradewind(dir, given.environment());
    command.arg("--data-dir").arg(data_dir(dir));
    command.args(["resolve", run, "confirm", "--happened"]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_be_repeated_is_repeated_at_once_although_leases_last_longer() {
    let stalls = Answer::Stalls { status: 200 };
    let mut services = Slow::start("PATCH", "/api/orders/", stalls).await;
    let (given, folder) = (shop(&services.server.url), tempdir().unwrap());
    given.write(folder.path());
    let process = Process::start(&given, folder.path()).await;
    let run = services.order(&process.platform).await;
    process.kill();

    // Waiting is shorter than a lease.
    let process = Process::start(&given, folder.path()).await;
    process.platform.run_in(&run, "succeeded").await;
    assert_eq!(services.calls("/api/orders/"), 2);
    assert_eq!(services.calls(MAIL), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_end_it_finishes_what_is_on_its_way_and_the_next_one_goes_on() {
    let (open, gate) = watch::channel(false);
    let waits = Answer::Waits { gate, then: Box::new(sendgrid::taken()) };
    let mut services = Slow::start("POST", MAIL, waits).await;
    let (given, folder) = (shop(&services.server.url), tempdir().unwrap());
    given.write(folder.path());
    let process = Process::start(&given, folder.path()).await;
    let run = services.order(&process.platform).await;
    let api_file = data_dir(folder.path()).join(API_FILE);
    assert!(api_file.exists());
    process.terminate();
    let gone = async || (!api_file.exists()).then_some(());
    process.platform.wait_for("the address to be taken back", gone).await;
    open.send_replace(true);
    assert_eq!(process.ended().await.code(), Some(0));

    let process = Process::start(&given, folder.path()).await;
    let run: Value = process.platform.run_in(&run, "succeeded").await;
    assert_eq!(run["steps"][0]["output"]["message_id"], "message-1");
    assert_eq!(services.calls(MAIL), 1);
}
