//! SendGrid.
//!
//! Page: <https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send>

use crate::action::{Cx, Implementation};
use crate::contracts::email::{EmailMessage, EmailSent};
use crate::provider::Provider;
use tradewind_engine::effects::{ActionError, EffectClass};

/// SendGrid.
pub static PROVIDER: Provider = Provider {
    id: "sendgrid",
    title: "SendGrid",
    documentation: "https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send",
    settings: || serde_json::Value::Null,
    secrets: &["api_key"],
    limit: None,
    concurrency: None,
    trigger: None,
};

/// The implementation.
pub fn email_send() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Neither, |cx, input| Box::pin(perform(cx, input)))
}

async fn perform(_cx: &Cx<'_>, _input: EmailMessage) -> Result<EmailSent, ActionError> {
    Err(ActionError::refused("not written yet"))
}
