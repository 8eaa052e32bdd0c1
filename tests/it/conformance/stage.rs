//! One attempt of one provider, with everything around it.

use super::accounts::settings;
use crate::fakes::{CountingIds, FakeServer, StillClock};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tradewind_connectors::action::{Cx, Implementation};
use tradewind_connectors::catalog::catalog;
use tradewind_connectors::connection::Connection;
use tradewind_connectors::provider::Provider;
use tradewind_engine::effects::ActionError;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_memory::{MemoryFiles, MemoryOutbox, MemoryTokens};
use tradewind_system::GuardedHttp;

/// When everything happens.
pub(super) const NOW: &str = "2026-11-23T12:00:00Z";
/// The step's idempotency key.
pub(super) const KEY: &str = "run-1:confirm";

/// A provider at a contract, with what it takes to try it.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    /// Such as `email.send`.
    pub(super) action: &'static str,
    /// Such as `sendgrid`.
    pub(super) provider: &'static str,
    /// The connection's settings, given the server's address.
    pub(super) settings: fn(&str) -> Value,
    /// What the step says.
    pub(super) input: fn() -> Value,
}

/// What an attempt works with.
pub(super) struct Stage {
    pub(super) timeout: Duration,
    pub(super) http: GuardedHttp,
    pub(super) tokens: MemoryTokens,
    pub(super) outbox: MemoryOutbox,
    pub(super) files: MemoryFiles,
    pub(super) clock: StillClock,
    ids: CountingIds,
    run: RunId,
    step: StepPath,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self {
            timeout: Duration::from_secs(20),
            http: GuardedHttp::new("127.0.0.1:*".parse().unwrap()).unwrap(),
            tokens: MemoryTokens::default(),
            outbox: MemoryOutbox::default(),
            files: MemoryFiles::default(),
            clock: StillClock::at(NOW),
            ids: CountingIds::default(),
            run: "run-1".into(),
            step: "confirm".into(),
        }
    }

    /// The subject's connection to that server.
    pub(super) fn connection(&self, subject: &Subject, url: &str) -> Connection {
        connect(catalog().provider(subject.provider).unwrap(), (subject.settings)(url))
    }

    /// One attempt with this key.
    pub(super) fn cx<'a>(&'a self, connection: &'a Connection, key: &'a str) -> Cx<'a> {
        Cx {
            connection,
            run: &self.run,
            step: &self.step,
            idempotency_key: key,
            timeout: self.timeout,
            http: &self.http,
            tokens: &self.tokens,
            outbox: &self.outbox,
            files: &self.files,
            clock: &self.clock,
            ids: &self.ids,
        }
    }

    /// Does it once.
    pub(super) async fn perform(&self, subject: &Subject, url: &str) -> Result<Value, ActionError> {
        self.perform_with(subject, url, (subject.input)()).await
    }

    /// Does it once by the account at its provider, whose service is at that address.
    pub(super) async fn perform_by(
        &self,
        one: &Implementation,
        url: &str,
        key: &str,
        input: Value,
    ) -> Result<Value, ActionError> {
        let connection = connect(&one.provider, settings(&one.provider.id, url));
        one.perform(&self.cx(&connection, key), input).await
    }

    /// Does it once with another input.
    pub(super) async fn perform_with(
        &self,
        subject: &Subject,
        url: &str,
        input: Value,
    ) -> Result<Value, ActionError> {
        let connection = self.connection(subject, url);
        implementation(subject).perform(&self.cx(&connection, KEY), input).await
    }
}

pub(super) fn connect(provider: &Arc<Provider>, settings: Value) -> Connection {
    let settings: Map<String, Value> = match settings {
        Value::Object(settings) => settings,
        other => panic!("settings are a map, not {other}"),
    };
    Connection::new("account".into(), provider, settings)
}

/// How the provider fulfils the contract.
pub(super) fn implementation(subject: &Subject) -> Implementation {
    fulfilled(subject.action, subject.provider)
}

/// How that provider fulfils that action.
pub(super) fn fulfilled(action: &str, provider: &str) -> Implementation {
    let catalog = catalog();
    catalog.action(action).unwrap().implementation(provider).unwrap().clone()
}

/// One attempt with one scripted answer.
pub(super) async fn attempt(subject: &Subject, server: &FakeServer) -> String {
    outcome(Stage::new().perform(subject, &server.url).await)
}

/// What became of an attempt, in one line. What HTTP libraries say of lost answers is cut.
pub(super) fn outcome(result: Result<Value, ActionError>) -> String {
    let (kind, reason) = match result {
        Ok(output) => return format!("done: {output}"),
        Err(ActionError::NotNow { reason, wait: None }) => ("not now".to_owned(), reason),
        Err(ActionError::NotNow { reason, wait: Some(wait) }) => {
            (format!("not now, in {} s", wait.as_secs()), reason)
        }
        Err(ActionError::Refused { reason }) => ("refused".to_owned(), reason),
        Err(ActionError::Unknown { reason }) => ("unknown".to_owned(), reason),
        Err(ActionError::NeedsRepair { reason }) => ("needs repair".to_owned(), reason),
    };
    let stable =
        ["no answer", "could not connect"].into_iter().find(|text| reason.starts_with(text));
    format!("{kind}: {}", stable.unwrap_or(&reason))
}
