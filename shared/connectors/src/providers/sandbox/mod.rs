//! Stands in for any contract: does nothing outside, and keeps what it was asked in the outbox.
//!
//! Invariant: the same idempotency key is kept once, whatever it is asked with. What a real provider
//! would refuse is refused here too.
//!
//! Page: <https://www.rfc-editor.org/rfc/rfc2606>, the names that belong to nobody.

mod sample;

use crate::action::{Cx, Implementation};
use crate::contracts::chat::{ChatMessage, ChatPosted};
use crate::contracts::email::{EmailMessage, EmailSent};
use crate::contracts::order::{OrderApproved, OrderFound, OrderReference};
use crate::contracts::sheet::{RowAppended, SheetRow};
use crate::contracts::text::check_line;
use crate::provider::Provider;
use ring::digest::{SHA256, digest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;
use tradewind_engine::digests::hex;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ids::ActionId;
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::ports::Unavailable;

/// The sandbox.
pub static PROVIDER: Provider = Provider {
    id: "sandbox",
    title: "Sandbox",
    documentation: "https://www.rfc-editor.org/rfc/rfc2606",
    settings: || schemars::schema_for!(Settings).to_value(),
    secrets: &[],
    hosts: &[],
    addresses: &[],
    limit: None,
    concurrency: None,
    trigger: None,
};

/// As long as the outbox is kept.
const KEY_WINDOW: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How far back the outbox is searched for rows of the same sheet.
const ROWS_SEARCHED_MAX: usize = 1_000;

/// Nothing has to be set.
#[derive(Deserialize, JsonSchema)]
struct Settings {}

/// `email.send`: the message goes into the outbox.
pub fn email_send() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Keyed, |cx, input| Box::pin(send(cx, input)))
        .key_window(KEY_WINDOW)
}

/// `sheet.append_row`: the row goes into the outbox.
pub fn sheet_append_row() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Keyed, |cx, input| Box::pin(append(cx, input)))
        .key_window(KEY_WINDOW)
}

/// `order.get`: a sample order with the asked id.
pub fn order_get() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Keyed, |cx, input| Box::pin(get(cx, input)))
        .key_window(KEY_WINDOW)
}

/// `order.approve`: the approval goes into the outbox.
pub fn order_approve() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Keyed, |cx, input| Box::pin(approve(cx, input)))
        .key_window(KEY_WINDOW)
}

/// `chat.post`: the message goes into the outbox.
pub fn chat_post() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Keyed, |cx, input| Box::pin(post(cx, input)))
        .key_window(KEY_WINDOW)
}

async fn send(cx: &Cx<'_>, message: EmailMessage) -> Result<EmailSent, ActionError> {
    let message = message.checked()?;
    kept(cx, "email.send", &message, EmailSent { message_id: Some(message_id(cx)) }).await
}

async fn append(cx: &Cx<'_>, row: SheetRow) -> Result<RowAppended, ActionError> {
    let row = row.checked()?;
    let entries = cx.outbox.list(None, ROWS_SEARCHED_MAX).await.map_err(not_now)?;
    let same_sheet = |entry: &OutboxEntry| {
        entry.connection == cx.connection.name && entry.input["sheet"] == row.sheet
    };
    let appended = |entry: &&OutboxEntry| same_sheet(entry) && entry.output["appended"] == true;
    let rows: Vec<_> = entries.iter().filter(appended).collect();
    let output = match rows.iter().find(|entry| entry.input["key"] == row.key) {
        Some(entry) => {
            RowAppended { row_number: entry.output["row_number"].as_u64(), appended: false }
        }
        // Below the header.
        None => RowAppended { row_number: u64::try_from(rows.len() + 2).ok(), appended: true },
    };
    kept(cx, "sheet.append_row", &row, output).await
}

async fn get(cx: &Cx<'_>, reference: OrderReference) -> Result<OrderFound, ActionError> {
    check_line(&reference.id, "id")?;
    let output = OrderFound { order: sample::order(&reference.id, cx.clock.now()) };
    kept(cx, "order.get", &reference, output).await
}

async fn approve(cx: &Cx<'_>, reference: OrderReference) -> Result<OrderApproved, ActionError> {
    check_line(&reference.id, "id")?;
    let status = "approved".to_owned();
    let output = OrderApproved { id: reference.id.clone(), status, changed: true };
    kept(cx, "order.approve", &reference, output).await
}

async fn post(cx: &Cx<'_>, message: ChatMessage) -> Result<ChatPosted, ActionError> {
    let message = message.checked()?;
    kept(cx, "chat.post", &message, ChatPosted { message_id: Some(message_id(cx)) }).await
}

// The answer is the one that was given first under this key.
async fn kept<Input: Serialize, Output: Serialize + DeserializeOwned>(
    cx: &Cx<'_>,
    action: &str,
    input: &Input,
    output: Output,
) -> Result<Output, ActionError> {
    let unfit = |error: serde_json::Error| ActionError::refused(format!("outbox_unfit: {error}"));
    let entry = OutboxEntry {
        key: cx.idempotency_key.to_owned(),
        run: cx.run.clone(),
        step: cx.step.clone(),
        connection: cx.connection.name.clone(),
        action: ActionId::from(action),
        input: serde_json::to_value(input).map_err(unfit)?,
        output: serde_json::to_value(output).map_err(unfit)?,
        at: cx.clock.now(),
    };
    let kept = cx.outbox.store_entry(entry).await.map_err(not_now)?;
    serde_json::from_value(kept.output).map_err(unfit)
}

fn message_id(cx: &Cx<'_>) -> String {
    let digest = digest(&SHA256, cx.idempotency_key.as_bytes());
    format!("sandbox-{}", hex(&digest.as_ref()[..8]))
}

fn not_now(error: Unavailable) -> ActionError {
    ActionError::not_now(error.to_string(), None)
}
