//! Within this process, where our own code can be made to panic: it gets a network that does.

use super::hostile::Hostile;
use super::planted::{Fate, planted, webhook_secret};
use super::project::{SHOP, project};
use super::search::check;
use super::{answers, life, said};
use crate::app::{Logs, MovableClock, Platform};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tradewind::runtime::{Outside, Runtime, TOKEN_FILE};
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ports::{Http, HttpError, HttpRequest, HttpResponse};
use tradewind_system::GuardedHttp;

const FATES: [Fate; 8] = [
    Fate::Succeeds,
    Fate::Refused,
    Fate::Unauthorized,
    Fate::Lost,
    Fate::Cut,
    Fate::Shortened,
    Fate::Closed,
    Fate::Panics,
];

/// The real network, but for what panics with all that it was given.
struct Panicking(GuardedHttp);

#[async_trait]
impl Http for Panicking {
    async fn send(
        &self,
        recipient: &Recipient,
        request: HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        if request.url.contains("_panics/") {
            let (url, body) = (request.url, String::from_utf8_lossy(&request.body).into_owned());
            let headers: Vec<_> =
                request.headers.values().map(|value| value.as_bytes().to_vec()).collect();
            // Without the hook, which belongs to all tests.
            std::panic::resume_unwind(Box::new(format!("{url} {headers:?} {body}")));
        }
        self.0.send(recipient, request).await
    }
}

#[tokio::test]
async fn no_secret_is_ever_written_or_said() {
    let (logs, _guard) = Logs::capture();
    let services = Hostile::start().await;
    let planted = planted(&services.server.url, &FATES);
    services.learn(&planted);
    let secrets = planted.iter().flat_map(|one| &one.secrets);
    let given = secrets
        .fold(project(&planted), |given, (name, value)| given.secret(name, value))
        .secret("broken", "CANARY-broken\nkey-CANARY");
    let folder = tempfile::tempdir().unwrap();
    given.write(folder.path());
    let options = given.options(folder.path());
    let clock = Arc::new(MovableClock::new());
    let http = Arc::new(Panicking(GuardedHttp::new(options.allowed_hosts.clone()).unwrap()));
    let outside = Outside { http, clock: clock.clone() };
    let runtime = Runtime::start_with(&options, outside).await.unwrap();
    let token = std::fs::read_to_string(options.data_dir.join(TOKEN_FILE)).unwrap();
    let platform = Platform::at(&runtime.url, &token);

    let secret = webhook_secret(&planted, SHOP);
    let lived = life::live(&platform, &secret, || clock.pass(Duration::from_secs(2))).await;
    platform
        .wait_for("the alerts", async || {
            clock.pass(Duration::from_secs(5));
            runtime.parts.store.unreported_letters(1).await.unwrap().is_empty().then_some(())
        })
        .await;
    check_lived(&platform, &services, &planted).await;
    let mut all = answers::answers(&platform, &lived).await;
    all.extend(said::outputs(folder.path(), given.environment(), &lived).await);
    all.push(("the logs".to_owned(), logs.text()));
    all.extend(told(&services));
    all.extend(said::files(folder.path()));
    all.extend(lived.said);
    check(&all, &token);
    runtime.stop().await;
}

/// Otherwise there would be nothing that could have been repeated.
async fn check_lived(platform: &Platform, services: &Hostile, planted: &[super::planted::Planted]) {
    assert_eq!(services.never_repeated(planted), []);
    for state in ["succeeded", "failed", "parked", "cancelled"] {
        let runs = platform.get(&format!("/api/runs?state={state}")).await;
        assert_ne!(runs["runs"], serde_json::json!([]), "no run is {state}");
    }
}

/// What was told in alerts and mails.
fn told(services: &Hostile) -> answers::Said {
    let seen = services.server.seen().into_iter();
    let told = seen.filter(|seen| seen.target.contains("slack") || seen.target.contains("mail"));
    let told: answers::Said = told
        .map(|seen| {
            let body = String::from_utf8_lossy(&seen.body).into_owned();
            ("a message".to_owned(), body)
        })
        .collect();
    assert!(told.len() > 10, "{told:?}");
    told
}
