//! One attempt at a claimed step: what it is made of, and its way from the claim to the record.

use super::executing::Executing;
use super::prepare::Ready;
use crate::Handled;
use crate::claiming::{Circumstances, Claimed};
use std::time::Duration;
use tradewind_connectors::action::Implementation;
use tradewind_engine::effects::EffectClass;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::runs::StepRecord;

/// An attempt at a step that was just claimed.
pub(super) struct Attempt<'a> {
    pub(super) ports: &'a Executing,
    pub(super) claimed: Claimed<'a>,
}

impl Attempt<'_> {
    /// The record of the step.
    pub(super) fn step(&self) -> Option<&StepRecord> {
        self.claimed.step()
    }

    /// From the claim to the record.
    pub(super) async fn work(mut self) -> Result<Handled, Unavailable> {
        match self.prepare().await {
            Ok(Ready::Call(compiled, prepared)) => {
                let called = self.call(&prepared).await;
                let connection_is_down = called.connection_is_down;
                let known = self.circumstances(Some(&prepared.implementation));
                let circumstances = Circumstances { connection_is_down, ..known };
                Ok(self.claimed.record(&compiled, called.outcome, circumstances).await)
            }
            Ok(Ready::NoCall(compiled, outcome)) => {
                Ok(self.claimed.record(&compiled, outcome, self.circumstances(None)).await)
            }
            Ok(Ready::Unreadable) => self.claimed.park_unreadable().await,
            Err(unavailable) => self.claimed.give_back(&unavailable).await,
        }
    }

    fn circumstances(&self, implementation: Option<&Implementation>) -> Circumstances {
        // Where the connection cannot be used for the moment, the class says whether asking makes sense.
        let class = || self.step().map(|step| step.work.class());
        let is_queryable = || class() == Some(EffectClass::Queryable);
        Circumstances {
            can_be_asked: implementation.map_or_else(is_queryable, Implementation::can_be_asked),
            search_lag: implementation.map_or(Duration::ZERO, |one| one.search_lag),
            connection_is_down: false,
        }
    }
}
