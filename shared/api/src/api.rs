//! What the API works with.

use crate::access::{Grants, OwnHosts, Strangers};
use crate::by::By;
use std::sync::Arc;
use tradewind_engine::audit::AuditLine;
use tradewind_engine::ports::{
    Audit, Backlog, Events, Limits, Outbox, Refusals, Replies, Secrets, Slots,
};
use tradewind_engine::refusals::{API_ENDPOINT, Reached, RefusedDelivery};
use tradewind_platform::apply::Applying;
use tradewind_platform::dispatch::Dispatching;
use tradewind_platform::people::Acting;

/// What is to be done about them.
const CURE: &str = "a program of yours: give it a token that holds, `tradewind token list` shows \
    those there are, and call the API by a host of its own; anybody else: keep them from reaching the \
    API";

/// The use cases and ports behind the API, and the tokens that open it.
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
    /// What lies in the queues.
    pub backlog: Arc<dyn Backlog>,
    /// Which connections calls are kept away from.
    pub limits: Arc<dyn Limits>,
    /// Refused deliveries.
    pub refusals: Arc<dyn Refusals>,
    /// Which runs wait for each other.
    pub slots: Arc<dyn Slots>,
    /// The secrets: read only to say which are missing.
    pub secrets: Arc<dyn Secrets>,
    /// The tokens; without one nobody gets in.
    pub grants: Arc<dyn Grants>,
    /// The hosts that it answers to; none where what stands before it lets no other through.
    pub hosts: Option<OwnHosts>,
    /// Those who were not let in.
    pub strangers: Strangers,
}

impl Api {
    /// Notes a change that was made. The change stands even where it cannot be noted.
    pub(crate) async fn record_change(
        &self,
        By(grant): &By,
        action: &str,
        subject: &str,
        detail: impl Into<String>,
    ) {
        let line = AuditLine {
            at: self.acting.clock.now(),
            actor: grant.name.to_string(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail: detail.into(),
        };
        if let Err(error) = self.audit.append_line(line).await {
            tracing::error!(audit.action = action, audit.subject = subject, error = %error.logged(),
                "a change could not be written to the audit log");
        }
    }

    /// Says who was not let in, in the log and among what was refused: once a minute at most. It is
    /// done with every request; a process that gets none should do it now and then.
    pub async fn tell_strangers(&self) {
        let now = self.acting.clock.now();
        let Some(report) = self.strangers.take_report(now) else { return };
        tracing::warn!(code = report.code, count = report.count, "{}", report.text);
        let refused = RefusedDelivery {
            at: now,
            since: now,
            count: report.count,
            // Of its own place in the list, which no other path shares.
            names: Reached::Endpoint,
            provider: API_ENDPOINT.to_owned(),
            connection: String::new(),
            code: report.code.to_owned(),
            reason: report.text,
            path: String::new(),
            cure: CURE.to_owned(),
            warning: None,
        };
        if let Err(error) = self.refusals.record_refusal(refused).await {
            tracing::warn!(error = %error.logged(), "who was not let in could not be kept");
        }
    }
}
