//! Reading orders afresh by way of the function that has the secrets of shops: it is called, and its answer waited for.

use crate::clients::{Clients, Invocation};
use crate::stage::{Stage, StageError};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tradewind_engine::ports::{FreshRead, FreshReads, NotRead, Unavailable};
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
    invocation: Option<Invocation>,
}

impl InvokedReads {
    /// The one of the stage.
    pub fn new(clients: &Clients, stage: &Stage) -> Result<Self, StageError> {
        let url = stage.fresh_reads_url()?;
        let invocation = url.as_ref().and_then(|url| Invocation::new(clients, url));
        Ok(Self { invocation })
    }

    async fn ask(&self, asked: &FreshRead) -> Result<FreshAnswer, Unavailable> {
        let service = "reading afresh";
        let Some(invocation) = &self.invocation else {
            let reason = "this stage was deployed without a right to it: `tradewind plan --template` \
                          writes a template that has it";
            return Err(Unavailable::new(service, reason));
        };
        let question = FreshQuestion { v: VERSION, fresh_read: asked.clone() };
        let question = serde_json::to_vec(&question)
            .map_err(|error| Unavailable::new(service, error.to_string()))?;
        Ok(read_stored(&invocation.invoke(question).await?)?)
    }
}

#[async_trait]
impl FreshReads for InvokedReads {
    async fn read_afresh(&self, asked: &FreshRead) -> Result<Value, NotRead> {
        match self.ask(asked).await {
            Ok(answer) => answer.into_read(),
            Err(unavailable) => {
                tracing::warn!(run.id = %asked.run, step.id = %asked.step,
                    error = %unavailable.logged(), "an order could not be read afresh");
                Err(NotRead::NotNow { reason: unavailable.to_string() })
            }
        }
    }
}

#[cfg(test)]
mod tests;
