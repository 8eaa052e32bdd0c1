//! What a call costs that is made by a provider's file, beside the same call written in Rust.
//!
//! `cargo bench --locked -p tradewind-connectors`
//!
//! The service answers at once, so what is left is our own work: the time of one call, the least of some rounds.

#![expect(clippy::unwrap_used, reason = "nothing can be measured otherwise")]

mod by_hand;

use async_trait::async_trait;
use futures::FutureExt as _;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use std::io::{self, Write as _};
use std::time::{Duration, Instant};
use tradewind_connectors::action::{Action, Cx, Implementation};
use tradewind_connectors::catalog::{Catalog, catalog};
use tradewind_connectors::connection::Connection;
use tradewind_connectors::contract::Contract as _;
use tradewind_connectors::contracts::EmailSend;
use tradewind_engine::descriptions::Description;
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ports::{Http, HttpError, HttpRequest, HttpResponse};
use tradewind_memory::{MemoryFiles, MemoryOutbox, MemoryTokens, SeededIds, VirtualClock};

const ROUNDS: u32 = 20;
const CALLS: u32 = 2_000;

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
    let text = "Dear Ada, thank you for your order. It leaves our warehouse today. ".repeat(20);
    let mail = json!({
        "to": "ada@example.com", "subject": "Your order 1001", "text": text, "html": format!("<p>{text}</p>"),
    });
    writeln!(io::stdout(), "a mail by Postmark: by hand, by the provider's file\n")?;
    let sent =
        r#"{"ErrorCode":0,"Message":"OK","MessageID":"0a129aee-e1cd-480d-b08d-4f48548ff48d"}"#;
    compare(&catalog, &mail, (200, sent))?;
    let refused = r#"{"ErrorCode":300,"Message":"Invalid 'To' address: 'ada'."}"#;
    compare(&catalog, &mail, (422, refused))?;
    let file = include_str!("../../providers/postmark.yaml");
    let begun_at = now();
    for _ in 0..CALLS {
        drop(Description::parse(file).unwrap());
    }
    let each = begun_at.elapsed() / CALLS;
    writeln!(io::stdout(), "\nreading postmark.yaml: {} us", each.as_micros())
}

/// Prints both times, and their ratio.
fn compare(
    catalog: &Catalog,
    input: &Value,
    (status, body): (u16, &'static str),
) -> io::Result<()> {
    let provider = catalog.provider("postmark").unwrap();
    let action = catalog.action(EmailSend::ID).unwrap();
    let by_hand = Action::of::<EmailSend>().by(by_hand::email_send(provider));
    let by_hand = by_hand.implementation("postmark").unwrap();
    let described = action.implementation("postmark").unwrap();
    let settings = json!({ "server_token": "t0ken-of-some-length", "from": "shop@example.com" });
    let settings: Map<String, Value> = settings.as_object().unwrap().clone();
    let connection = Connection::new("account".into(), provider, settings);
    let (code, body) = (StatusCode::from_u16(status).unwrap(), body.as_bytes().into());
    let http = Answering(HttpResponse { status: code, headers: HeaderMap::new(), body });
    // In turns, so that a slow moment of the machine meets both.
    let (mut in_rust, mut by_file) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        in_rust = in_rust.min(round(by_hand, &connection, &http, input));
        by_file = by_file.min(round(described, &connection, &http, input));
    }
    let ratio = by_file.as_secs_f64() / in_rust.as_secs_f64();
    let micros = |time: Duration| time.as_secs_f64() * 1_000_000.0;
    writeln!(
        io::stdout(),
        "{status:<8} {:>8.1} us {:>8.1} us   {ratio:.2}",
        micros(in_rust),
        micros(by_file),
    )
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
        idempotency_key: "run_1:tell",
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
