//! Time here moves when somebody sleeps, and when a test moves it.

use super::*;
use crate::connection::Connection;
use async_trait::async_trait;
use bytes::Bytes;
use futures::FutureExt;
use http::HeaderMap;
use serde_json::Map;
use std::sync::Mutex;
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ports::{Clock, Http, HttpError, HttpRequest, Tokens};
use tradewind_engine::time::until;
use tradewind_memory::{MemoryFiles, MemoryOutbox, MemoryTokens, SeededIds};

struct Moving(Mutex<Timestamp>);

impl Moving {
    fn pass(&self, seconds: u64) {
        let mut now = self.0.lock().unwrap();
        *now = after(*now, Duration::from_secs(seconds));
    }
}

#[async_trait]
impl Clock for Moving {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
    async fn sleep(&self, duration: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = after(*now, duration);
    }
}

struct Nobody;

#[async_trait]
impl Http for Nobody {
    async fn send(&self, _: &Recipient, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        Err(HttpError::NotSent("nobody is there".to_owned()))
    }
}

/// Does `work` in an attempt of 60 seconds.
fn within_an_attempt<T>(work: impl AsyncFnOnce(&Cx<'_>, &Moving, &MemoryTokens) -> T) -> T {
    let clock = Moving(Mutex::new("2026-11-23T12:00:00Z".parse().unwrap()));
    let (tokens, ids) = (MemoryTokens::default(), SeededIds::new(1));
    let (outbox, files) = (MemoryOutbox::default(), MemoryFiles::default());
    let provider = &crate::providers::commercelayer::PROVIDER;
    let connection = Connection::new("shop".into(), provider, Map::new());
    let cx = Cx {
        connection: &connection,
        run: &"run_1".into(),
        step: &"do".into(),
        idempotency_key: "run_1:do",
        timeout: Duration::from_secs(60),
        http: &Nobody,
        tokens: &tokens,
        outbox: &outbox,
        files: &files,
        clock: &clock,
        ids: &ids,
    };
    work(&cx, &clock, &tokens).now_or_never().expect("nothing waits in here")
}

fn key() -> TokenKey {
    TokenKey("shop".to_owned())
}

async fn lease(clock: &Moving, tokens: &MemoryTokens, seconds: u64) -> bool {
    let until = after(clock.now(), Duration::from_secs(seconds));
    tokens.lease(&key(), clock.now(), until).await.unwrap()
}

fn token(clock: &Moving) -> Token {
    Token { value: "t".into(), expires_at: after(clock.now(), Duration::from_secs(3_600)) }
}

#[test]
fn a_call_for_a_token_ends_before_its_lease() {
    within_an_attempt(async |cx, clock, _| {
        let attempt_end = AttemptEnd::of(cx);
        assert_eq!(renewal_timeout(cx, attempt_end), Ok(Duration::from_secs(20)));
        clock.pass(50);
        assert_eq!(renewal_timeout(cx, attempt_end), Ok(Duration::from_secs(10)));
    });
}

#[test]
fn a_lease_that_went_to_somebody_else_is_left_alone() {
    for succeeds in [true, false] {
        within_an_attempt(async |cx, clock, tokens| {
            let renew = async || {
                clock.pass(31);
                assert!(lease(clock, tokens, 30).await, "the time of the first lease is over");
                match succeeds {
                    true => Ok(token(clock)),
                    false => Err(ActionError::not_now("no token", None)),
                }
            };
            let found = access_token(cx, &key(), AttemptEnd::of(cx), None, renew).await;
            assert_eq!(found.is_ok(), succeeds);
            assert!(!lease(clock, tokens, 30).await, "somebody else still holds it");
        });
    }
}

#[test]
fn a_refused_token_does_not_lengthen_the_attempt() {
    within_an_attempt(async |cx, clock, tokens| {
        let began_at = clock.now();
        tokens.store(&key(), token(clock)).await.unwrap();
        let refuse = async |_| {
            clock.pass(40);
            // From now on somebody else renews, for a long time.
            lease(clock, tokens, 600).await;
            let (status, headers) = (StatusCode::UNAUTHORIZED, HeaderMap::new());
            Ok(HttpResponse { status, headers, body: Bytes::new() })
        };
        let renew = async || Ok(token(clock));
        let found = with_token(cx, &key(), AttemptEnd::of(cx), renew, refuse).await;
        let waiting = ActionError::not_now("the access token is still being renewed", None);
        assert_eq!(found.err(), Some(waiting));
        assert!(until(began_at, clock.now()) <= Duration::from_secs(60));
    });
}
