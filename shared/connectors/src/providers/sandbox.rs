//! Stands in for any contract: does nothing outside, and keeps what it was asked in the outbox.
//!
//! Invariant: the same idempotency key is kept once, whatever it is asked with.

use crate::action::{Cx, Implementation};
use crate::contracts::chat::{ChatMessage, ChatPosted};
use crate::contracts::email::{EmailMessage, EmailSent};
use crate::contracts::order::{OrderApproved, OrderFound, OrderReference};
use crate::contracts::sheet::{RowAppended, SheetRow};
use crate::provider::Provider;
use std::time::Duration;
use tradewind_engine::effects::{ActionError, EffectClass};

/// The sandbox.
pub static PROVIDER: Provider = Provider {
    id: "sandbox",
    title: "Sandbox",
    documentation: "https://www.rfc-editor.org/rfc/rfc2606",
    settings: || serde_json::Value::Null,
    secrets: &[],
    limit: None,
    concurrency: None,
    trigger: None,
};

const KEY_WINDOW: Duration = Duration::from_secs(90 * 24 * 3600);

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

async fn send(_cx: &Cx<'_>, _message: EmailMessage) -> Result<EmailSent, ActionError> {
    Err(ActionError::refused("not written yet"))
}

async fn append(_cx: &Cx<'_>, _row: SheetRow) -> Result<RowAppended, ActionError> {
    Err(ActionError::refused("not written yet"))
}

async fn get(_cx: &Cx<'_>, _reference: OrderReference) -> Result<OrderFound, ActionError> {
    Err(ActionError::refused("not written yet"))
}

async fn approve(_cx: &Cx<'_>, _reference: OrderReference) -> Result<OrderApproved, ActionError> {
    Err(ActionError::refused("not written yet"))
}

async fn post(_cx: &Cx<'_>, _message: ChatMessage) -> Result<ChatPosted, ActionError> {
    Err(ActionError::refused("not written yet"))
}
