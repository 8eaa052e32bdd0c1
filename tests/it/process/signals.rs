//! What comes at the moment of the start.

use super::started::{Started, in_shell};
use crate::app::{Given, Platform, finished, tradewind};
use http::{HeaderMap, Method};
use std::process::Command;

const PROJECT: &str = "connections:\n  mail: { provider: sandbox }\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_hears_that_it_is_healthy_finds_it() {
    let given = Given::project(PROJECT);
    for _ in 0..5 {
        // The port is known before it serves, as it is to whoever chose it.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let started = Started::spawn_at(port, &given, |command| command);
        let platform = Platform::at(&format!("http://127.0.0.1:{port}"), "none needed");
        platform
            .wait_for("health", async || {
                let asked =
                    platform.ask(Method::GET, "/health", HeaderMap::new(), Vec::new()).await;
                asked.ok().filter(|answered| answered.status == 200)
            })
            .await;
        let mut runs = tradewind(started.folder.path(), given.environment());
        runs.arg("runs");
        let runs = finished(runs).await;
        assert_eq!(runs.code, Some(0), "{runs:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupt_during_the_start_ends_it_also_in_the_background() {
    let given = Given::project(PROJECT);
    // A shell without job control starts what is in the background deaf to Ctrl-C.
    let in_background = |command: Command| in_shell("trap '' INT", &command);
    let mut started = Started::spawn(&given, in_background);
    // Before it serves.
    started.file("tradewind.lock").await;
    started.signal("INT");
    assert!(started.ended().await.success());
}
