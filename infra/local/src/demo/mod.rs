//! `tradewind demo`: a signed order comes in over real HTTP, the workflow runs, and what it produced
//! is shown. Offline, with sandbox connections, in a folder of its own.
//!
//! Invariant: it succeeds only if every part of it really happened.

mod show;

pub use show::{document, text};

use crate::runtime::{Options, Runtime, StartError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use tradewind_engine::events::{Decision, EventRecord};
use tradewind_engine::hosts::AllowedHosts;
use tradewind_engine::ids::{EventId, RunId, WorkflowId};
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::ports::{
    Events, HttpError, HttpRequest, Ids as _, Outbox, Runs, Unavailable,
};
use tradewind_engine::runs::{Run, RunState};
use tradewind_platform::apply::ProjectFiles;
use tradewind_system::OperatorHttp;

const PROJECT: &str = include_str!("project/tradewind.yaml");
const WORKFLOW: &str = include_str!("project/workflows/order-confirmation.yaml");
const ORDER: &str = include_str!("project/order.json");
/// The run takes a fraction of a second; a machine may be slow.
const WAIT_MAX: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Why the demo did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder cannot be made.
    #[error("cannot make the demo's folder: {0}")]
    Folder(#[from] io::Error),
    /// The platform did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The webhook could not be sent.
    #[error("the webhook could not be sent: {0}")]
    Http(#[from] HttpError),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] Unavailable),
    /// Something did not happen.
    #[error("{0}")]
    NotHappened(String),
}

/// What the demo showed to be true.
pub struct Shown {
    /// Where the webhook was sent.
    pub url: String,
    /// What it became.
    pub event: EventRecord,
    /// The run that it started.
    pub run: Run,
    /// What the sandbox connections were asked to do, the newest first.
    pub outbox: Vec<OutboxEntry>,
}

/// Runs the demo; an error unless all of it happened.
pub async fn demo() -> Result<Shown, DemoError> {
    let folder = tempfile::tempdir()?;
    let secret = tradewind_system::SystemIds.random_hex();
    let workflow = (WorkflowId::from("order-confirmation"), WORKFLOW.to_owned());
    let options = Options {
        files: ProjectFiles {
            project: PROJECT.to_owned(),
            workflows: BTreeMap::from([workflow]),
            env: BTreeMap::new(),
            providers: BTreeMap::new(),
        },
        dir: folder.path().to_owned(),
        data_dir: folder.path().join(".tradewind"),
        listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 0,
        allowed_hosts: AllowedHosts::default(),
        api_hosts: Vec::new(),
        environment: BTreeMap::from([("TRADEWIND_SECRET_CL_WEBHOOK".to_owned(), secret.clone())]),
    };
    let runtime = Runtime::start(&options).await?;
    let shown = show_all(&runtime, &secret).await;
    runtime.stop().await;
    shown
}

async fn show_all(runtime: &Runtime, secret: &str) -> Result<Shown, DemoError> {
    let event = send_order(runtime, secret).await?;
    let record =
        wait_for(runtime, || async { Ok(Events::read(&runtime.parts.store, &event).await?) });
    let record = record.await?.ok_or_else(|| not_happened("the event was not dispatched"))?;
    let run_id = started(&record)?;
    let run = wait_for(runtime, || async {
        let run = Runs::read(&runtime.parts.store, &run_id).await?;
        Ok(run.filter(|run| run.state.is_terminal()))
    });
    let run = run.await?.ok_or_else(|| not_happened("the run did not end"))?;
    let outbox = Outbox::list(&runtime.parts.store, Some(&run.id), 10).await?;
    verify(&run, &outbox)?;
    Ok(Shown { url: runtime.url.clone(), event: record, run, outbox })
}

/// Sends the order as Commerce Layer would: signed over the bytes of the body.
async fn send_order(runtime: &Runtime, secret: &str) -> Result<EventId, DemoError> {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let signature = STANDARD.encode(ring::hmac::sign(&key, ORDER.as_bytes()));
    let mut headers = http::HeaderMap::new();
    let headers_sent = [
        ("content-type", "application/vnd.api+json"),
        ("x-commercelayer-topic", "orders.place"),
        ("x-commercelayer-signature", signature.as_str()),
    ];
    for (name, value) in headers_sent {
        headers.insert(name, http::HeaderValue::from_str(value).map_err(io::Error::other)?);
    }
    let request = HttpRequest {
        method: http::Method::POST,
        url: format!("{}/hooks/commercelayer/shop", runtime.url),
        headers,
        body: ORDER.into(),
        timeout: WAIT_MAX,
    };
    let sent = OperatorHttp::new().map_err(|error| StartError::Http(error.to_string()))?;
    let answer = sent.send(request).await?;
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match body["event_ids"][0].as_str() {
        Some(id) if answer.status == http::StatusCode::OK => Ok(EventId::from(id)),
        _ => Err(not_happened(&format!("the webhook was answered with {}: {body}", answer.status))),
    }
}

async fn wait_for<T, F>(
    runtime: &Runtime,
    mut look: impl FnMut() -> F,
) -> Result<Option<T>, DemoError>
where
    F: Future<Output = Result<Option<T>, DemoError>>,
{
    let clock = &runtime.parts.clock;
    let until = tradewind_engine::time::after(clock.now(), WAIT_MAX);
    while clock.now() < until {
        if let Some(found) = look().await? {
            return Ok(Some(found));
        }
        clock.sleep(LOOK_EVERY).await;
    }
    Ok(None)
}

fn started(record: &EventRecord) -> Result<RunId, DemoError> {
    match record.verdicts.first().map(|verdict| &verdict.decision) {
        Some(Decision::Run(run)) => Ok(run.clone()),
        other => Err(not_happened(&format!("the event started no run: {other:?}"))),
    }
}

fn verify(run: &Run, outbox: &[OutboxEntry]) -> Result<(), DemoError> {
    if run.state != RunState::Succeeded {
        let reason = run.failure.as_ref().map_or("", |failure| failure.reason.as_str());
        return Err(not_happened(&format!("the run ended as {}: {reason}", run.state.as_str())));
    }
    let input = |action: &str| {
        outbox.iter().find(|entry| entry.action.as_str() == action).map(|entry| &entry.input)
    };
    let (Some(mail), Some(row)) = (input("email.send"), input("sheet.append_row")) else {
        return Err(not_happened("the email or the row is missing from the outbox"));
    };
    let step = run.steps.values().find(|step| step.work.is_action(&"email.send".into()));
    let message_id = step.and_then(|step| step.output.as_ref()).map(|output| &output["message_id"]);
    let mail_is_right = mail["to"] == "ada@example.com" && mail["subject"] == "Your order 4213";
    let row_is_right = row["row"]["Total"] == "57.00" && Some(&row["row"]["Mail"]) == message_id;
    if mail_is_right && row_is_right && outbox.len() == 2 {
        return Ok(());
    }
    Err(not_happened("the email or the row is not what the order asks for"))
}

fn not_happened(what: &str) -> DemoError {
    DemoError::NotHappened(what.to_owned())
}
