//! Postmark.
//!
//! Page: <https://postmarkapp.com/developer/api/email-api>

use crate::action::{Cx, Implementation};
use crate::contracts::email::{EmailMessage, EmailSent};
use crate::provider::Provider;
use tradewind_engine::effects::{ActionError, EffectClass};

/// Postmark.
pub static PROVIDER: Provider = Provider {
    id: "postmark",
    title: "Postmark",
    documentation: "https://postmarkapp.com/developer/api/email-api",
    settings: || serde_json::Value::Null,
    secrets: &["server_token"],
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
