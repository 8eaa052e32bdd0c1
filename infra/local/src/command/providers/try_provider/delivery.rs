//! What a delivery would be received as: whom it is believed to be from, and the events in it. Nothing is kept and no
//! workflow starts.

use super::connection;
use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::secrets::LocalSecrets;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::json;
use std::fs;
use std::path::Path;
use tradewind_connectors::deliveries::{Delivery, verify_and_read};
use tradewind_connectors::fixtures::told_delivery;
use tradewind_engine::ports::Clock as _;
use tradewind_engine::time::Timestamp;
use tradewind_platform::apply::Checked;
use tradewind_platform::connections::connect_to_receive;
use tradewind_system::SystemClock;

/// The longest body that is received.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Receives it with the secrets of the connection, and shows what comes of it.
pub(super) async fn receive(
    cx: &Cx,
    checked: &Checked,
    (provider, name): (&str, &str),
    file: &Path,
    at: Option<Timestamp>,
) -> Result<(), Error> {
    let (name, stored) = connection(checked, provider, name)?;
    let own = checked.catalog.provider(provider).filter(|one| one.trigger.is_some());
    let own = own.ok_or_else(|| Error::NotFound(format!("{provider} receives no webhooks")))?;
    let Some(endpoint) = own.trigger.as_deref() else { return Ok(()) };
    let delivery = read(file)?;
    if let Some(answer) = endpoint.handshake(&delivery) {
        let said = format!("answered: {} {}", answer.status.as_u16(), answer.text);
        show(cx, said.trim(), "");
        return Ok(());
    }
    let secrets = LocalSecrets::new(&cx.data_dir()?, cx.environment.variables());
    let connection = connect_to_receive(name, stored, own, &secrets, true).await;
    let connection = connection.map_err(|error| Error::NotFound(error.to_string()))?;
    let now = at.unwrap_or_else(|| SystemClock.now());
    let received = verify_and_read(endpoint, &connection, &delivery, now, BODY_BYTES_MAX);
    let (outcome, events) = told_delivery(&received);
    let clear = |text: &str| connection.without_secrets(text);
    let why = received.as_ref().err().map(|refusal| format!(": {refusal}")).unwrap_or_default();
    show(cx, &clear(&format!("{outcome}{why}")), &clear(&events));
    Ok(())
}

fn show(cx: &Cx, outcome: &str, events: &str) {
    let events: Vec<&str> = events.lines().collect();
    if cx.output.json {
        cx.output.document(&json!({ "outcome": outcome, "events": events }));
        return;
    }
    cx.output.line(outcome);
    events.into_iter().for_each(|event| cx.output.line(event));
}

/// A request as it goes over the line: a method and a path, headers, an empty line, and the body, of which every byte
/// counts.
fn read(path: &Path) -> Result<Delivery, Error> {
    let bytes = fs::read(path).map_err(|source| Error::file(path, source))?;
    let wrong = |what: &str| {
        let shown = path.display();
        Error::Usage(format!(
            "{shown} is no request: {what}; it is `POST /`, headers, an empty line and the body"
        ))
    };
    let (head, body) = split(&bytes).ok_or_else(|| wrong("no empty line ends its head"))?;
    let head = std::str::from_utf8(head).map_err(|_| wrong("its head is not UTF-8"))?;
    let mut lines = head.lines();
    let mut request = lines.next().unwrap_or_default().split_whitespace();
    let method = request.next().and_then(|method| Method::from_bytes(method.as_bytes()).ok());
    let method = method.ok_or_else(|| wrong("it begins with no method"))?;
    let target = request.next().unwrap_or("/");
    let query = target.split_once('?').map_or("", |(_, query)| query).to_owned();
    let mut headers = HeaderMap::new();
    for line in lines {
        let header = line.split_once(':').and_then(|(name, value)| {
            let name = HeaderName::try_from(name.trim()).ok()?;
            Some((name, HeaderValue::from_str(value.trim()).ok()?))
        });
        let (name, value) = header.ok_or_else(|| wrong(&format!("`{line}` is no header")))?;
        headers.append(name, value);
    }
    Ok(Delivery { method, headers, query, body: Bytes::copy_from_slice(body) })
}

/// Head and body, at the first empty line.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let find = |end: &[u8]| bytes.windows(end.len()).position(|part| part == end);
    let (at, length) = match (find(b"\r\n\r\n"), find(b"\n\n")) {
        (Some(at), Some(other)) if other < at => (other, 2),
        (Some(at), _) => (at, 4),
        (None, Some(at)) => (at, 2),
        (None, None) => return None,
    };
    Some((&bytes[..at], &bytes[at + length..]))
}
