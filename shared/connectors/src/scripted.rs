//! For tests: everything that is outside, scripted. No call ever waits, and each is written down.

use crate::action::Cx;
use crate::connection::Connection;
use crate::provider::Provider;
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tradewind_engine::effects::ActionError;
use tradewind_engine::hosts::{AllowedHosts, Recipient, judge};
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::ports::{Clock, Http, HttpError, HttpRequest, HttpResponse};
use tradewind_engine::time::Timestamp;
use tradewind_memory::{MemoryFiles, MemoryOutbox, MemoryTokens, SeededIds};

/// The idempotency key of the step.
pub(crate) const KEY: &str = "run-1:confirm";

pub(crate) type Answer = Result<HttpResponse, HttpError>;

/// An answer of that status in JSON.
pub(crate) fn json_answer(status: u16, body: &Value) -> Answer {
    answer(status, &[], &body.to_string())
}

/// An answer with these headers.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let pairs = headers.iter().map(|(name, value)| {
        (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
    });
    let (status, headers) = (StatusCode::from_u16(status).unwrap(), HeaderMap::from_iter(pairs));
    Ok(HttpResponse { status, headers, body: Bytes::from(body.to_owned()) })
}

/// A connection of that provider.
pub(crate) fn connect(provider: &Arc<Provider>, settings: Value) -> Connection {
    let Value::Object(settings) = settings else { panic!("settings are a map") };
    Connection::new("account".into(), provider, settings)
}

/// What becomes of an attempt, in words.
pub(crate) fn outcome(found: Result<Value, ActionError>) -> String {
    match found {
        Ok(output) => format!("done: {output}"),
        Err(ActionError::NotNow { reason, wait: None }) => format!("not now: {reason}"),
        Err(ActionError::NotNow { reason, wait: Some(wait) }) => {
            format!("not now, in {} s: {reason}", wait.as_secs())
        }
        Err(ActionError::Refused { reason }) => format!("refused: {reason}"),
        Err(ActionError::Unknown { reason }) => format!("unknown: {reason}"),
        Err(ActionError::NeedsRepair { reason }) => format!("needs repair: {reason}"),
    }
}

/// The answers to come, and the calls that were made.
pub(crate) struct Scripted {
    answers: Mutex<VecDeque<Answer>>,
    allowed: AllowedHosts,
    seen: Mutex<Vec<String>>,
    tokens: MemoryTokens,
    outbox: MemoryOutbox,
    files: MemoryFiles,
    ids: SeededIds,
    now: Mutex<Timestamp>,
    run: RunId,
    step: StepPath,
}

impl Scripted {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            answers: Mutex::new(answers.into_iter().collect()),
            allowed: AllowedHosts::default(),
            seen: Mutex::default(),
            tokens: MemoryTokens::default(),
            outbox: MemoryOutbox::default(),
            files: MemoryFiles::default(),
            ids: SeededIds::new(1),
            now: Mutex::new("2026-11-23T12:00:00Z".parse().unwrap()),
            run: "run-1".into(),
            step: "confirm".into(),
        }
    }

    /// The same, where the operator allowed these hosts.
    pub(crate) fn allowing(self, hosts: &str) -> Self {
        Self { allowed: hosts.parse().unwrap(), ..self }
    }

    /// More answers.
    pub(crate) fn will_answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// Time passes.
    pub(crate) fn pass(&self, duration: Duration) {
        let mut now = self.now.lock().unwrap();
        *now = tradewind_engine::time::after(*now, duration);
    }

    /// The calls since this was asked last.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    pub(crate) fn cx<'a>(&'a self, connection: &'a Connection) -> Cx<'a> {
        Cx {
            connection,
            run: &self.run,
            step: &self.step,
            idempotency_key: KEY,
            timeout: Duration::from_secs(20),
            http: self,
            tokens: &self.tokens,
            outbox: &self.outbox,
            files: &self.files,
            clock: self,
            ids: &self.ids,
        }
    }
}

#[async_trait]
impl Http for Scripted {
    /// What the guard would not let through by its name is not sent here either.
    async fn send(&self, recipient: &Recipient, request: HttpRequest) -> Answer {
        judge(&request.url, recipient, &self.allowed)?;
        let mut headers: Vec<String> = request
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        headers.sort();
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        let (method, url) = (&request.method, &request.url);
        let call = format!("{method} {url}\n{}\n\n{body}", headers.join("\n"));
        self.seen.lock().unwrap().push(call.trim_end().to_owned());
        self.answers.lock().unwrap().pop_front().expect("one call too many")
    }
}

#[async_trait]
impl Clock for Scripted {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }
    async fn sleep(&self, duration: Duration) {
        self.pass(duration);
    }
}
