//! Reading orders afresh by way of the function that has the secrets of shops: it is called, and its answer waited for.
//!
//! Invariant: where it cannot be called and no later call would find that otherwise, a person is asked.

use crate::clients::{Clients, Invocation, NotInvoked};
use crate::stage::{Stage, StageError};
use async_trait::async_trait;
use http::Uri;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use tradewind_engine::ports::{Clock, FreshRead, FreshReads, Limits, NotRead, Unavailable};
use tradewind_engine::stored::{StoredForm, read_stored};

/// The version of what the two functions say to each other.
const VERSION: u32 = 1;

/// What the function is asked.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FreshQuestion {
    v: u32,
    /// What is to be read. Nothing else that the function is called with has this member.
    pub(crate) fresh_read: FreshRead,
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FreshAnswer {
    v: u32,
    read: Option<Value>,
    not_read: Option<NotRead>,
}

impl StoredForm for FreshQuestion {
    const KIND: &'static str = "question of another function";
    const VERSION: u32 = VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}

impl StoredForm for FreshAnswer {
    const KIND: &'static str = "answer of another function";
    const VERSION: u32 = VERSION;

    fn version(&self) -> Option<u32> {
        Some(self.v)
    }
}

impl FreshAnswer {
    /// What came of the read.
    pub(crate) fn of(read: Result<Value, NotRead>) -> Self {
        let (read, not_read) = match read {
            Ok(read) => (Some(read), None),
            Err(why) => (None, Some(why)),
        };
        Self { v: VERSION, read, not_read }
    }

    fn into_read(self) -> Result<Value, NotRead> {
        match (self.read, self.not_read) {
            (Some(read), None) => Ok(read),
            (_, Some(why)) => Err(why),
            (None, None) => Err(NotRead::NotNow { reason: "it gave no order".to_owned() }),
        }
    }
}

/// The function that reads, where this one may call it.
pub struct InvokedReads {
    function: Option<(Invocation, String)>,
    limits: Arc<dyn Limits>,
    clock: Arc<dyn Clock>,
}

impl InvokedReads {
    /// The one of the stage.
    pub fn new(
        clients: &Clients,
        stage: &Stage,
        limits: Arc<dyn Limits>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StageError> {
        let url = stage.fresh_reads_url()?;
        let function = url.as_ref().and_then(|url| {
            Some((Invocation::new(clients, url)?, name_of(url).unwrap_or_default().to_owned()))
        });
        Ok(Self { function, limits, clock })
    }

    async fn ask(&self, asked: &FreshRead) -> Result<FreshAnswer, NotInvoked> {
        let Some((invocation, _)) = &self.function else {
            return Err(NotInvoked::Impossible("this one was not told where it is"));
        };
        let question = FreshQuestion { v: VERSION, fresh_read: asked.clone() };
        let question = serde_json::to_vec(&question).map_err(|error| {
            NotInvoked::NotNow(Unavailable::new("reading afresh", error.to_string()))
        })?;
        let answer = invocation.invoke(question).await?;
        read_stored(&answer).map_err(|unreadable| NotInvoked::NotNow(unreadable.into()))
    }

    /// What a person is to do.
    fn impossible(&self, why: &str) -> NotRead {
        let name = self.function.as_ref().map_or("of `order.get`", |(_, name)| name);
        let reason = format!(
            "the function {name} that reads orders cannot be called: {why}; write the stage's template \
             anew with `tradewind plan --template`, deploy it, then replay"
        );
        NotRead::NeedsRepair { reason }
    }

    /// This function calls nobody at the shop itself: without asking it would not know of an outage, and not leave
    /// alone what waits for the end of it.
    async fn hear_of_outage(&self, asked: &FreshRead) {
        let heard = self.limits.is_closed(&asked.connection, self.clock.now()).await;
        tracing::debug!(connection.id = %asked.connection, closed = ?heard.ok(), "a read is held back");
    }
}

/// The name in the address at which a function is called: `/2015-03-31/functions/NAME/invocations`.
fn name_of(url: &Uri) -> Option<&str> {
    url.path().split('/').nth(3)
}

#[async_trait]
impl FreshReads for InvokedReads {
    async fn read_afresh(&self, asked: &FreshRead) -> Result<Value, NotRead> {
        match self.ask(asked).await {
            Ok(answer) => {
                let read = answer.into_read();
                if let Err(NotRead::HeldBack { .. }) = read {
                    self.hear_of_outage(asked).await;
                }
                read
            }
            Err(NotInvoked::Impossible(why)) => Err(self.impossible(why)),
            Err(NotInvoked::NotNow(unavailable)) => {
                tracing::warn!(run.id = %asked.run, step.id = %asked.step,
                    error = %unavailable.logged(), "an order could not be read afresh");
                Err(NotRead::NotNow { reason: unavailable.to_string() })
            }
        }
    }
}

#[cfg(test)]
mod tests;
