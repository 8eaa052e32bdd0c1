//! Sending for real: once, outside any run, after a person said so.

use super::super::new_ports;
use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::secrets::LocalSecrets;
use async_trait::async_trait;
use serde_json::Value;
use std::io::{IsTerminal as _, stdin};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tradewind_connectors::action::{self, Action, Implementation};
use tradewind_connectors::connection::Connection;
use tradewind_connectors::fixtures::Trial;
use tradewind_engine::definitions::StoredConnection;
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ids::{ConnectionName, RunId, StepPath};
use tradewind_engine::ports::{
    Http, HttpError, HttpRequest, HttpResponse, Ids as _, Mail, MailEnd,
};
use tradewind_platform::connections::connect;
use tradewind_system::{GuardedHttp, SystemClock, SystemIds};

/// As long as a step may take where it says nothing else.
const TIMEOUT: Duration = Duration::from_secs(30);
/// So much of an answer is shown.
const ANSWER_CHARACTERS_MAX: usize = 2_000;

/// What came of it.
pub(super) struct Sent {
    /// In one line.
    pub(super) outcome: String,
    /// The answers, without the connection's secrets.
    pub(super) answers: Vec<Answered>,
    connection: Connection,
}

impl Sent {
    /// A value without the connection's secrets.
    pub(super) fn clear(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.connection.without_secrets(text)),
            Value::Array(items) => items.iter().map(|item| self.clear(item)).collect(),
            Value::Object(members) => {
                let clear = |(name, value): (&String, &Value)| (name.clone(), self.clear(value));
                Value::Object(members.iter().map(clear).collect())
            }
            other => other.clone(),
        }
    }
}

/// An answer as a person may see it.
pub(super) struct Answered {
    pub(super) status: u16,
    /// Only those headers that say how to read it, or how long to wait.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// Headers that fixtures need.
const TOLD_HEADERS: [&str; 2] = ["content-type", "retry-after"];

/// Asks whether to send what was shown.
pub(super) fn is_wanted(cx: &Cx, trial: &Trial, says_yes: bool) -> Result<bool, Error> {
    if says_yes {
        return Ok(true);
    }
    if !stdin().is_terminal() {
        let message = "nobody is there to be asked whether to send it: say so with --yes";
        return Err(Error::Usage(message.to_owned()));
    }
    let requests = match trial.sends.len() {
        1 => "this request".to_owned(),
        several => format!("up to {several} such requests"),
    };
    cx.output.note(format!("send {requests} for real, with the secrets of the connection? [y/N]"));
    let mut answer = String::new();
    stdin().read_line(&mut answer).map_err(|source| Error::file("terminal", source))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Does it, once.
pub(super) async fn send(
    cx: &Cx,
    (name, stored): (&ConnectionName, &StoredConnection),
    (action, implementation): (&Action, &Implementation),
    input: Value,
) -> Result<Sent, Error> {
    let secrets = LocalSecrets::new(&cx.data_dir()?, cx.environment.variables());
    let connection = connect(name, stored, &implementation.provider, &secrets, true).await;
    let connection = connection.map_err(|error| Error::NotFound(error.to_string()))?;
    let http = GuardedHttp::new(cx.allowed_hosts.clone());
    let http = http.map_err(|error| Error::Usage(error.to_string()))?;
    let recorded = Recorded { http: &http, answers: Mutex::default() };
    let ports = new_ports();
    // A key of its own: what is tried is no step of any run.
    let run = RunId::from(format!("try_{}", SystemIds.random_hex()));
    let key = format!("{run}:try");
    let attempt = action::Cx {
        connection: &connection,
        run: &run,
        step: &StepPath::from("try"),
        idempotency_key: &key,
        timeout: TIMEOUT,
        http: &recorded,
        tokens: &*ports.tokens,
        outbox: &*ports.outbox,
        files: &*ports.files,
        clock: &SystemClock,
        ids: &SystemIds,
    };
    let done = implementation.perform(&attempt, input).await;
    let done =
        done.map(|output| connection.output_without_secrets(output, &action.output_fields()));
    let outcome = connection.without_secrets(&tradewind_connectors::fixtures::told(&done));
    let answers = recorded.answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    let answers: Vec<Answered> =
        answers.iter().map(|answer| answered(answer, &connection)).collect();
    Ok(Sent { outcome, answers, connection })
}

fn answered(response: &HttpResponse, connection: &Connection) -> Answered {
    let text = |bytes: &[u8]| connection.without_secrets(&String::from_utf8_lossy(bytes));
    let headers = TOLD_HEADERS.iter().filter_map(|name| {
        let value = response.headers.get(*name)?;
        Some(((*name).to_owned(), text(value.as_bytes())))
    });
    Answered {
        status: response.status.as_u16(),
        headers: headers.collect(),
        body: text(&response.body),
    }
}

impl Answered {
    /// Its lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("answered {}", self.status)];
        lines.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        if !self.body.is_empty() {
            lines.push(String::new());
            let shown = tradewind_engine::texts::cut(&self.body, ANSWER_CHARACTERS_MAX);
            lines.extend(shown.lines().map(str::to_owned));
        }
        lines
    }
}

/// A network that remembers what was answered.
struct Recorded<'a> {
    http: &'a GuardedHttp,
    answers: Mutex<Vec<HttpResponse>>,
}

#[async_trait]
impl Http for Recorded<'_> {
    async fn send(
        &self,
        recipient: &Recipient,
        request: HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        let response = self.http.send(recipient, request).await?;
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.push(response.clone());
        Ok(response)
    }

    async fn hand_over(&self, recipient: &Recipient, mail: Mail) -> Result<MailEnd, HttpError> {
        self.http.hand_over(recipient, mail).await
    }
}
