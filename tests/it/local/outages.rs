//! Connections that are down, over the real process and real HTTP: how soon their end is seen, and what
//! waiting costs meanwhile.

use crate::app::{Given, Hook, TestApp, order};
use crate::fakes::{Answer, FakeServer, Seen};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tradewind_engine::ports::{Clock as _, RunFilter, Runs as _};
use tradewind_engine::runs::Run;
use tradewind_engine::time::{Timestamp, until};

const MAILS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: thank
    uses: email.send
    via: mail
    on_unknown: retry
    with: { to: a@example.com, subject: 'Order ${{ trigger.order.number }}', text: Thank you. }
";

/// How the calls of each mail end, by its subject and how often it was called before.
type Says = dyn Fn(&str, usize) -> Answer + Send + Sync;

/// A shop whose mails go to a service that a test decides over.
struct Shop {
    app: TestApp,
    service: FakeServer,
    says: Arc<Mutex<Box<Says>>>,
    opened_at: Timestamp,
}

impl Shop {
    async fn open(says: impl Fn(&str, usize) -> Answer + Send + Sync + 'static) -> Self {
        let says: Arc<Mutex<Box<Says>>> = Arc::new(Mutex::new(Box::new(says)));
        let (deciding, counts) = (says.clone(), Mutex::new(BTreeMap::<String, usize>::new()));
        let service = FakeServer::deciding(move |request| {
            let subject = subject(request);
            let mut counts = counts.lock().unwrap();
            let count = counts.entry(subject.clone()).or_default();
            *count += 1;
            deciding.lock().unwrap()(&subject, *count - 1)
        })
        .await;
        let project = format!(
            "connections:\n  shop: {{ provider: commercelayer, webhook_secret: '${{{{ secret.hook }}}}' }}\n  \
             mail: {{ provider: sendgrid, api_key: '${{{{ secret.mail }}}}', from: s@example.com, base_url: '{}' }}\n",
            service.url
        );
        let given = Given::project(&project).workflow("thanks", MAILS);
        let app = given.secret("hook", "hush").secret("mail", "SG.key").start().await;
        let opened_at = app.clock.now();
        Self { app, service, says, opened_at }
    }

    fn now_says(&self, says: impl Fn(&str, usize) -> Answer + Send + Sync + 'static) {
        *self.says.lock().unwrap() = Box::new(says);
    }

    async fn place(&self, numbers: std::ops::RangeInclusive<u32>) {
        for number in numbers {
            let body = order(number).to_string();
            let hook = Hook::commercelayer("shop", "orders.place", body, "hush");
            assert!(hook.send(&self.app).await.status.is_success());
        }
    }

    /// Lets the time pass by short steps, so that what is due in each is done in it.
    async fn pass(&self, span: Duration) {
        self.pass_by(span, Duration::from_millis(100)).await;
    }

    async fn pass_by(&self, span: Duration, step: Duration) {
        let end = self.app.clock.now() + span;
        while self.app.clock.now() < end {
            self.app.clock.pass(step);
            rest().await;
        }
    }

    /// How many seconds pass until so many runs have succeeded, but no more than `most_s`.
    async fn until_done(&self, runs: usize, most_s: u64) -> Option<u64> {
        let begin = self.app.clock.now();
        loop {
            let passed_s = until(begin, self.app.clock.now()).as_secs();
            if self.runs().await.iter().filter(|run| run.state.as_str() == "succeeded").count()
                >= runs
            {
                return Some(passed_s);
            }
            if passed_s > most_s {
                return None;
            }
            self.pass(Duration::from_millis(500)).await;
        }
    }

    async fn runs(&self) -> Vec<Run> {
        let all = RunFilter { limit: 1_000, ..RunFilter::default() };
        self.app.store().list(&all).await.unwrap().records
    }
}

#[expect(clippy::disallowed_methods, reason = "the process works in real time")]
async fn rest() {
    tokio::time::sleep(Duration::from_millis(12)).await;
}

fn subject(request: &Seen) -> String {
    let mail: Value = serde_json::from_slice(&request.body).unwrap();
    mail["subject"].as_str().unwrap().to_owned()
}

fn taken() -> Answer {
    Answer::status(202)
}

fn times_two(answer: Answer) -> impl Fn(&str, usize) -> Answer {
    move |_, count| if count < 2 { answer.clone() } else { taken() }
}

#[tokio::test]
async fn orders_whose_first_two_calls_fail_are_done_within_the_minute_of_their_curve() {
    for failure in [Answer::status(500), Answer::status(503), Answer::Resets] {
        let shop = Shop::open(times_two(failure)).await;
        shop.place(1..=60).await;
        let done_after_s = shop.until_done(60, 60).await;
        assert!(done_after_s.is_some(), "{} were called", shop.service.seen().len());
        assert_eq!(shop.service.seen().len(), 180);
        shop.app.stop().await;
    }
}

/// After an outage of four minutes of a service that answers so.
async fn check_end_of_outage(failure: Answer, orders: u32) {
    let shop = Shop::open(move |_, _| failure.clone()).await;
    shop.place(1..=orders).await;
    shop.pass_by(Duration::from_secs(240), Duration::from_secs(1)).await;
    let calls = shop.service.seen().len();
    shop.now_says(|_, _| taken());
    let first_after_s = shop.until_done(1, 60).await;
    assert!(first_after_s.is_some_and(|s| s <= 11), "{first_after_s:?}, {calls} calls before");
    let all_after_s = shop.until_done(orders as usize, 60).await;
    assert!(all_after_s.is_some_and(|s| s <= 15), "{all_after_s:?}");
    shop.app.stop().await;
}

#[tokio::test]
async fn the_end_of_an_outage_is_seen_within_seconds_also_by_a_handful_of_messages() {
    check_end_of_outage(Answer::status(500), 5).await;
    check_end_of_outage(Answer::status(503), 3).await;
    check_end_of_outage(Answer::status(503), 2).await;
}

#[tokio::test]
async fn what_waits_for_a_connection_that_is_down_is_not_claimed() {
    let shop = Shop::open(|_, _| Answer::status(503)).await;
    shop.place(1..=150).await;
    // In the second minute it is asked less often than in the first.
    shop.pass_by(Duration::from_secs(90), Duration::from_millis(500)).await;
    let calls = shop.service.seen().len();
    let claims: u32 = shop.runs().await.iter().map(|run| run.steps[&"thank".into()].fence).sum();
    shop.pass(Duration::from_secs(60)).await;
    let calls = shop.service.seen().len() - calls;
    let runs = shop.runs().await;
    let claims = runs.iter().map(|run| run.steps[&"thank".into()].fence).sum::<u32>() - claims;
    assert!(calls <= 80, "{calls} calls in a minute");
    // A claim may be recorded after the call was counted.
    assert!(claims as usize <= calls + 5, "{claims} claims for {calls} calls");
    let health = shop.app.call("GET", "/health", None).await;
    assert_eq!(
        health.status, 200,
        "what waits for a connection is no stalled worker: {}",
        health.text
    );
    shop.now_says(|_, _| taken());
    assert!(shop.until_done(150, 60).await.is_some_and(|s| s <= 30));
    shop.app.stop().await;
}

#[tokio::test]
async fn a_message_that_fails_by_itself_follows_its_curve_and_holds_up_no_other() {
    let shop = Shop::open(|subject, _| {
        if subject.ends_with(" 1") || subject.ends_with(" 2") {
            Answer::status(500)
        } else {
            taken()
        }
    })
    .await;
    shop.place(1..=3).await;
    for number in 4..=12 {
        shop.pass(Duration::from_secs(5)).await;
        shop.place(number..=number).await;
        assert!(shop.until_done(number as usize - 2, 5).await.is_some_and(|s| s <= 1), "{number}");
    }
    let tries = |number: &str| {
        shop.service.seen().iter().filter(|request| subject(request).ends_with(number)).count()
    };
    // At once, after 5 s and after 30 s more.
    assert_eq!((tries(" 1"), tries(" 2")), (3, 3));
    assert!(until(shop.opened_at, shop.app.clock.now()) < Duration::from_secs(90));
    shop.app.stop().await;
}
