//! What the API works with.

use std::sync::Arc;
use tradewind_engine::ports::{
    Audit, AuditLine, Events, Outbox, Refusals, Replies, SecretText, Secrets,
};
use tradewind_platform::apply::Applying;
use tradewind_platform::dispatch::Dispatching;
use tradewind_platform::people::Acting;

/// The name of the token in the audit log.
pub(crate) const ACTOR: &str = "token";

/// The use cases and ports behind the API, and the token that opens it.
pub struct Api {
    /// Acting for a person; it also holds the runs, the dead letters, the catalog and the clock.
    pub acting: Acting,
    /// Applying a project or a workflow.
    pub applying: Applying,
    /// Starting a workflow on an event again.
    pub dispatching: Dispatching,
    /// The events.
    pub events: Arc<dyn Events>,
    /// What sandbox connections were asked to do.
    pub outbox: Arc<dyn Outbox>,
    /// Who changed what.
    pub audit: Arc<dyn Audit>,
    /// Answers by idempotency key.
    pub replies: Arc<dyn Replies>,
    /// Refused deliveries.
    pub refusals: Arc<dyn Refusals>,
    /// The secrets: read only to say which are missing.
    pub secrets: Arc<dyn Secrets>,
    /// The token; with an empty one nobody gets in.
    pub token: SecretText,
}

impl Api {
    /// Notes a change that was made. The change stands even where it cannot be noted.
    pub(crate) async fn note(&self, action: &str, subject: &str, detail: impl Into<String>) {
        let line = AuditLine {
            at: self.acting.clock.now(),
            actor: ACTOR.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail: detail.into(),
        };
        if let Err(error) = self.audit.note(line).await {
            tracing::error!(audit.action = action, audit.subject = subject, error = %error,
                "a change could not be written to the audit log");
        }
    }
}
