//! `email.send`: one message to one customer.

use crate::action::Action;
use crate::providers::{postmark, sandbox, sendgrid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tradewind_engine::effects::OnUnknown;

/// One message. At least one of `html` and `text` is needed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailMessage {
    /// One address, without a name.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The HTML body. Values mixed into it are escaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("contentMediaType" = "text/html"))]
    pub html: Option<String>,
    /// The plain text body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The sender's address; the connection's `from` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Where answers go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
}

/// The message was taken for delivery; that is not yet delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EmailSent {
    /// The provider's id of the message.
    pub message_id: Option<String>,
}

/// Send one email.
pub fn send() -> Action {
    Action::new::<EmailMessage, EmailSent>("email.send", "Send one email", OnUnknown::Hold)
        .html(&["html"])
        .by(sendgrid::email_send())
        .by(postmark::email_send())
        .by(sandbox::email_send())
}
