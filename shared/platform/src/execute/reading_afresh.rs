//! Reading an order afresh, wherever it is asked for: in the process that works on the step, or for other functions
//! that do not have the secrets of the shop.
//!
//! Invariant: it calls within the limits of the connection, and what it answers is scrubbed of its secrets.

use super::call::{Observation, Observed, allowance, end_of, report, within_time};
use crate::connections::{Unusable, connect, stored};
use crate::deployed::Deployed;
use crate::own_providers::OwnProviders;
use crate::scrub::scrubbed_outcome;
use async_trait::async_trait;
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tradewind_connectors::action::{Action, Cx, Implementation};
use tradewind_connectors::connection::Connection;
use tradewind_engine::definitions::StoredConnection;
use tradewind_engine::effects::ActionError;
use tradewind_engine::limits::{Admission, Caller};
use tradewind_engine::ports::{
    Clock, Files, FreshRead, FreshReads, Http, Ids, Limits, NotRead, Outbox, Secrets, Tokens,
    Unavailable,
};
use tradewind_engine::protocol::Outcome;
use tradewind_engine::time::until;
use tradewind_engine::workflows::FRESH_READ;

/// What reading an order afresh needs.
pub struct ReadingAfresh {
    /// What was applied.
    pub deployed: Arc<Deployed>,
    /// The actions that are served here: [`FRESH_READ`] among them.
    pub actions: Arc<Vec<Action>>,
    /// The secrets.
    pub secrets: Arc<dyn Secrets>,
    /// Shared OAuth tokens.
    pub tokens: Arc<dyn Tokens>,
    /// Rate limits and breakers.
    pub limits: Arc<dyn Limits>,
    /// Calls to other services.
    pub http: Arc<dyn Http>,
    /// What sandbox connections keep.
    pub outbox: Arc<dyn Outbox>,
    /// Files of the project folder.
    pub files: Arc<dyn Files>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub ids: Arc<dyn Ids>,
}

#[async_trait]
impl FreshReads for ReadingAfresh {
    /// Once more where the credentials were refused and others hold by now: secrets may come from a cache.
    async fn read_afresh(&self, asked: &FreshRead) -> Result<Value, NotRead> {
        let current = self.deployed.current().await.map_err(|error| not_now(&error))?;
        let stored = stored(&current, &asked.connection).map_err(unusable)?;
        let action = self.actions.iter().find(|action| action.id.as_str() == FRESH_READ);
        let action = action.ok_or_else(|| refused("nobody reads orders here"))?;
        let own = self.deployed.own_providers(&current).await;
        let own = own.map_err(|unavailable| not_now(&unavailable))?;
        let implementation = &implementation(&own, action, stored)?;
        let fields = action.output_fields();
        let connection = self.connection(asked, stored, implementation, false).await?;
        let read = self.read_once(asked, &connection, implementation, &fields).await;
        if !matches!(read, Err(NotRead::NeedsRepair { .. })) {
            return read;
        }
        match self.connection(asked, stored, implementation, true).await {
            Ok(renewed) if !renewed.is_same_as(&connection) => {
                self.read_once(asked, &renewed, implementation, &fields).await
            }
            _ => read,
        }
    }
}

impl ReadingAfresh {
    async fn connection(
        &self,
        asked: &FreshRead,
        stored: &StoredConnection,
        implementation: &Implementation,
        fresh: bool,
    ) -> Result<Connection, NotRead> {
        let provider = &implementation.provider;
        let connection = connect(&asked.connection, stored, provider, &*self.secrets, fresh).await;
        connection.map_err(unusable)
    }

    async fn read_once(
        &self,
        asked: &FreshRead,
        connection: &Connection,
        implementation: &Implementation,
        fields: &BTreeSet<String>,
    ) -> Result<Value, NotRead> {
        let caller = Caller::new(&asked.run, &asked.step, asked.fence);
        let (limits, now) = (&*self.limits, self.clock.now());
        let allowance = allowance(connection, implementation.calls);
        match limits.admit(&connection.name, allowance, caller, now).await {
            Ok(Admission::Go) => {}
            Ok(Admission::NotBefore(until)) => return Err(NotRead::HeldBack { until }),
            Err(unavailable) => return Err(not_now(&unavailable)),
        }
        let http = Observed::new(&*self.http);
        let timeout = until(self.clock.now(), asked.until);
        let cx = Cx {
            connection,
            run: &asked.run,
            step: &asked.step,
            idempotency_key: &format!("{}:{}:now", asked.run, asked.step),
            timeout,
            http: &http,
            tokens: &*self.tokens,
            outbox: &*self.outbox,
            files: &*self.files,
            clock: &*self.clock,
            ids: &*self.ids,
        };
        let work = implementation.perform(&cx, json!({ "id": asked.order }));
        let (result, ended) = within_time(&*self.clock, timeout, &http, work).await;
        let outcome = result.map_or_else(Outcome::Error, Outcome::Done);
        let now = self.clock.now();
        let end = end_of(&outcome, ended, http.last(), now);
        report(limits, &connection.name, caller, end, now).await;
        let outcome = match (outcome, http.last()) {
            (Outcome::Error(ActionError::Refused { .. }), Observation::Answered(status))
                if [StatusCode::NOT_FOUND, StatusCode::GONE].contains(&status) =>
            {
                let order = &asked.order;
                Outcome::Error(ActionError::refused(format!(
                    "order {order} is not there (any more)"
                )))
            }
            (outcome, _) => outcome,
        };
        read_of(scrubbed_outcome(outcome, connection, fields))
    }
}

fn implementation(
    own: &OwnProviders,
    action: &Action,
    stored: &StoredConnection,
) -> Result<Implementation, NotRead> {
    let provider = &stored.provider;
    own.implementation(action, provider.as_str()).ok_or_else(|| {
        let reason = format!("it is at {provider}, which cannot do {}", action.id);
        NotRead::NeedsRepair { reason }
    })
}

fn refused(reason: &str) -> NotRead {
    NotRead::Refused { reason: reason.to_owned() }
}

/// A read changes nothing: one whose answer was lost is as good as one that was not made.
fn read_of(outcome: Outcome) -> Result<Value, NotRead> {
    match outcome {
        Outcome::Done(read) => Ok(read),
        Outcome::Error(ActionError::Refused { reason }) => Err(NotRead::Refused { reason }),
        Outcome::Error(ActionError::NeedsRepair { reason }) => Err(NotRead::NeedsRepair { reason }),
        Outcome::Error(ActionError::NotNow { reason, .. } | ActionError::Unknown { reason }) => {
            Err(NotRead::NotNow { reason })
        }
        _ => Err(NotRead::NotNow { reason: "it gave no order".to_owned() }),
    }
}

fn unusable(unusable: Unusable) -> NotRead {
    match unusable {
        Unusable::Unavailable(unavailable) => not_now(&unavailable),
        other => NotRead::NeedsRepair { reason: other.to_string() },
    }
}

fn not_now(unavailable: &Unavailable) -> NotRead {
    tracing::warn!(error = %unavailable.logged(), "an order could not be read afresh");
    NotRead::NotNow { reason: unavailable.to_string() }
}
