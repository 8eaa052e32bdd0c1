//! What a call costs that is made by a provider's file, beside the same call written by hand.
//!
//! `cargo bench --locked -p tradewind-connectors --bench described`
//!
//! Our own work: the service answers at once, and the time of one call is taken. The whole call: the CPU of the
//! thread that makes it, with the client, to a service on this machine. Of both the least of some rounds.

#![expect(clippy::unwrap_used, reason = "nothing can be measured otherwise")]

mod by_hand;
mod loopback;

use async_trait::async_trait;
use futures::FutureExt as _;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use std::io::{self, Write as _};
use std::time::{Duration, Instant};
use tradewind_connectors::action::{Action, Cx, Implementation};
use tradewind_connectors::catalog::catalog;
use tradewind_connectors::connection::Connection;
use tradewind_connectors::contract::Contract as _;
use tradewind_connectors::contracts::EmailSend;
use tradewind_engine::descriptions::Description;
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ports::{Http, HttpError, HttpRequest, HttpResponse};
use tradewind_memory::{MemoryFiles, MemoryOutbox, MemoryTokens, SeededIds, VirtualClock};

const ROUNDS: u32 = 20;
const CALLS: u32 = 2_000;
/// The step's idempotency key.
const KEY: &str = "run_1:tell";
/// What Postmark says of a mail that it takes.
const SENT: &str =
    r#"{"ErrorCode":0,"Message":"OK","MessageID":"0a129aee-e1cd-480d-b08d-4f48548ff48d"}"#;

/// A service that always gives the same answer.
struct Answering(HttpResponse);

#[async_trait]
impl Http for Answering {
    async fn send(&self, _: &Recipient, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        Ok(self.0.clone())
    }
}

fn main() -> io::Result<()> {
    let catalog = catalog();
    let provider = catalog.provider("postmark").unwrap();
    let by_hand = Action::of::<EmailSend>().by(by_hand::email_send(provider));
    let by_hand = by_hand.implementation("postmark").unwrap();
    let by_file = catalog.action(EmailSend::ID).unwrap().implementation("postmark").unwrap();
    let text = "Dear Ada, thank you for your order. It leaves our warehouse today. ".repeat(20);
    let mail = json!({
        "to": "ada@example.com", "subject": "Your order 1001", "text": text, "html": format!("<p>{text}</p>"),
    });
    writeln!(io::stdout(), "a mail by Postmark: by hand, by its file\n")?;
    let refused = r#"{"ErrorCode":300,"Message":"Invalid 'To' address: 'ada'."}"#;
    for (what, status, body) in [("our own work", 200, SENT), ("  of a refusal", 422, refused)] {
        let connection = Connection::new("account".into(), provider, settings());
        let (status, body) = (StatusCode::from_u16(status).unwrap(), body.as_bytes().into());
        let http = Answering(HttpResponse { status, headers: HeaderMap::new(), body });
        let mut least = [Duration::MAX; 2];
        // In turns, so that a slow moment of the machine meets both.
        for _ in 0..ROUNDS {
            for (place, one) in [by_hand, by_file].into_iter().enumerate() {
                least[place] = least[place].min(round(one, &connection, &http, &mail));
            }
        }
        show(what, least)?;
    }
    show("the whole call", loopback::compare(by_hand, by_file, &mail))?;
    let file = include_str!("../../providers/postmark.yaml");
    let begun_at = now();
    for _ in 0..CALLS {
        drop(Description::parse(file).unwrap());
    }
    let each = begun_at.elapsed() / CALLS;
    writeln!(io::stdout(), "\nreading postmark.yaml: {} us", each.as_micros())
}

/// Prints both times, and their ratio.
fn show(what: &str, [by_hand, by_file]: [Duration; 2]) -> io::Result<()> {
    let ratio = by_file.as_secs_f64() / by_hand.as_secs_f64();
    let micros = |time: Duration| time.as_secs_f64() * 1_000_000.0;
    let (by_hand, by_file) = (micros(by_hand), micros(by_file));
    writeln!(io::stdout(), "{what:<16} {by_hand:>8.1} us {by_file:>8.1} us   {ratio:.2}")
}

fn settings() -> Map<String, Value> {
    Map::from_iter([
        ("server_token".to_owned(), json!("t0ken-of-some-length")),
        ("from".to_owned(), json!("shop@example.com")),
    ])
}

/// The time of one call.
fn round(
    one: &Implementation,
    connection: &Connection,
    http: &Answering,
    input: &Value,
) -> Duration {
    let (tokens, outbox, files) =
        (MemoryTokens::default(), MemoryOutbox::default(), MemoryFiles::default());
    let clock = VirtualClock::new("2026-11-23T12:00:00Z".parse().unwrap());
    let ids = SeededIds::new(1);
    let cx = Cx {
        connection,
        run: &"run_1".into(),
        step: &"tell".into(),
        idempotency_key: KEY,
        timeout: Duration::from_secs(20),
        http,
        tokens: &tokens,
        outbox: &outbox,
        files: &files,
        clock: &clock,
        ids: &ids,
    };
    let begun_at = now();
    for _ in 0..CALLS {
        let found = one.perform(&cx, input.clone()).now_or_never().unwrap();
        std::hint::black_box(found).ok();
    }
    begun_at.elapsed() / CALLS
}

#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
fn now() -> Instant {
    Instant::now()
}
