//! A store that does not answer.

use super::given::order;
use super::world::{CANARY, SOURCE, World, project};
use async_trait::async_trait;
use serde_json::Value;
use std::sync::Arc;
use tradewind_engine::audit::{AuditLine, Reply};
use tradewind_engine::events::Event;
use tradewind_engine::events::EventRecord;
use tradewind_engine::ids::EventId;
use tradewind_engine::ports::{Audit, Bus, Events, KeyUse, Page, Place, Replies, Unavailable};
use tradewind_engine::time::Timestamp;

/// Answers nothing, and says why in words that are not for outside.
struct Down;

fn down<T>() -> Result<T, Unavailable> {
    Err(Unavailable { service: "store", reason: format!("password {CANARY} refused") })
}

#[async_trait]
impl Events for Down {
    async fn read(&self, _event: &EventId) -> Result<Option<EventRecord>, Unavailable> {
        down()
    }
    async fn list(
        &self,
        _before: Option<&EventId>,
        _limit: usize,
    ) -> Result<Page<EventRecord, EventId>, Unavailable> {
        down()
    }
    async fn unredacted(
        &self,
        _accepted_before: Timestamp,
        _from: Option<&Place>,
        _limit: usize,
    ) -> Result<Page<EventId, Place>, Unavailable> {
        down()
    }
    async fn redact(&self, _event: &EventId, _now: Timestamp) -> Result<(), Unavailable> {
        down()
    }
}

#[async_trait]
impl Bus for Down {
    async fn publish(&self, _events: &[Event]) -> Result<(), Unavailable> {
        down()
    }
}

#[async_trait]
impl Replies for Down {
    async fn reserve_key(&self, _key: &str, _now: Timestamp) -> Result<KeyUse, Unavailable> {
        down()
    }
    async fn store_reply(
        &self,
        _key: &str,
        _reply: Reply,
        _now: Timestamp,
    ) -> Result<(), Unavailable> {
        down()
    }
    async fn release(&self, _key: &str, _begun_at: Timestamp) -> Result<(), Unavailable> {
        down()
    }
}

#[async_trait]
impl Audit for Down {
    async fn append_line(&self, _line: AuditLine) -> Result<(), Unavailable> {
        down()
    }
    async fn list(&self, _limit: usize) -> Result<Vec<AuditLine>, Unavailable> {
        down()
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_told_without_its_words() {
    let world = World::with(|api| api.events = Arc::new(Down));
    let answer = world.call("GET", "/api/events", Value::Null).await;
    assert_eq!(answer.refusal(), "503 unavailable");
    assert_eq!(answer.header("retry-after"), "2");
    let message = answer.json()["error"]["message"].clone();
    assert_eq!(message, "store does not answer now, please try again");
}

#[tokio::test]
async fn a_request_that_could_not_be_served_keeps_no_key() {
    let world = World::with(|api| api.acting.bus = Arc::new(Down));
    let key = [("idempotency-key", "once")];
    for body in [order("a"), order("b")] {
        let answer = world.call_with("POST", "/api/events", &key, body).await;
        assert_eq!(answer.refusal(), "503 unavailable");
    }
}

#[tokio::test]
async fn without_the_kept_answers_nothing_is_carried_out_twice() {
    let world = World::with(|api| api.replies = Arc::new(Down));
    let key = [("idempotency-key", "once")];
    let answer = world.call_with("POST", "/api/events", &key, order("a")).await;
    assert_eq!(answer.refusal(), "503 unavailable");
    assert!(world.memory.messages().is_empty());
}

#[tokio::test]
async fn a_change_stands_although_it_cannot_be_noted() {
    let world = World::with(|api| api.audit = Arc::new(Down));
    assert_eq!(world.call("PUT", "/api/project", project(SOURCE)).await.status, 200);
}
