//! Everything that is outside, scripted: no call ever waits.

use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ids::RunId;
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::ports::{
    Clock, FileChange, FileError, Files, Http, HttpError, HttpRequest, HttpResponse, Ids, Outbox,
    Token, TokenKey, Tokens, Unavailable,
};
use tradewind_engine::time::Timestamp;

pub(super) type Answer = Result<HttpResponse, HttpError>;

/// The answers to come, the calls that were made and the token that is shared.
#[derive(Default)]
pub(super) struct Outside {
    pub(super) answers: Mutex<VecDeque<Answer>>,
    pub(super) seen: Mutex<Vec<String>>,
    pub(super) token: Mutex<Option<Token>>,
}

#[async_trait]
impl Http for Outside {
    async fn send(&self, _: &Recipient, request: HttpRequest) -> Answer {
        let bearer =
            request.headers.get("authorization").map_or("", |value| value.to_str().unwrap());
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        let line = format!("{} {} {bearer} {body}", request.method, request.url);
        self.seen.lock().unwrap().push(line.split_whitespace().collect::<Vec<_>>().join(" "));
        self.answers.lock().unwrap().pop_front().expect("one call too many")
    }
}

#[async_trait]
impl Tokens for Outside {
    async fn read(&self, _: &TokenKey) -> Result<Option<Token>, Unavailable> {
        Ok(self.token.lock().unwrap().clone())
    }
    async fn lease(&self, _: &TokenKey, _: Timestamp, _: Timestamp) -> Result<bool, Unavailable> {
        Ok(true)
    }
    async fn store(&self, _: &TokenKey, token: Token) -> Result<(), Unavailable> {
        *self.token.lock().unwrap() = Some(token);
        Ok(())
    }
    async fn release(&self, _: &TokenKey) -> Result<(), Unavailable> {
        Ok(())
    }
}

#[async_trait]
impl Clock for Outside {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    async fn sleep(&self, _: Duration) {}
}

impl Ids for Outside {
    fn random_hex(&self) -> String {
        String::new()
    }
    fn random_unit(&self) -> f64 {
        0.0
    }
}

#[async_trait]
impl Outbox for Outside {
    async fn store_entry(&self, entry: OutboxEntry) -> Result<OutboxEntry, Unavailable> {
        Ok(entry)
    }
    async fn list(&self, _: Option<&RunId>, _: usize) -> Result<Vec<OutboxEntry>, Unavailable> {
        Ok(Vec::new())
    }
    async fn forget(&self, _: &RunId) -> Result<(), Unavailable> {
        Ok(())
    }
}

#[async_trait]
impl Files for Outside {
    async fn update(&self, _: &str, _: &mut FileChange<'_>) -> Result<(), FileError> {
        Ok(())
    }
}
