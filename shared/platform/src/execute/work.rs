//! From a claim to the record of what came of it.
//!
//! Invariant: a claim that led to no call because a store did not answer is given back; left alone,
//! it would look as if the call might have been made.

use super::attempt::Attempt;
use super::prepare::Ready;
use crate::Handled;
use crate::newer;
use std::time::Duration;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::protocol::{give_back, park_unreadable};
use tradewind_engine::time::after;

/// When a step is looked at again that could not be looked at now.
const AFTER_OUTAGE: Duration = Duration::from_secs(15);
/// The same where a newer tradewind has to come first.
const AFTER_NEWER: Duration = Duration::from_secs(60);

impl Attempt<'_> {
    /// From the claim to the record.
    pub(super) async fn work(mut self) -> Result<Handled, Unavailable> {
        match self.prepare().await {
            Ok(Ready::Call(compiled, prepared)) => {
                let called = self.call(&prepared).await;
                Ok(self.record(&compiled, Some(&prepared.implementation), called).await)
            }
            Ok(Ready::NoCall(compiled, outcome)) => {
                Ok(self.record(&compiled, None, outcome.into()).await)
            }
            Ok(Ready::Unreadable(reason)) => {
                let now = self.ports.clock.now();
                self.settle_claim(&park_unreadable(&self.run, self.path, now, &reason)).await
            }
            Err(unavailable) => self.give_back(&unavailable).await,
        }
    }

    /// No call was made.
    async fn give_back(&self, unavailable: &Unavailable) -> Result<Handled, Unavailable> {
        let (run, path) = (&*self.run, self.path);
        let pause = if unavailable.is_newer() {
            newer::log_once(unavailable);
            AFTER_NEWER
        } else {
            tracing::warn!(run.id = %run.id, step.id = %path, error = %unavailable.logged(),
                "a claim is given back");
            AFTER_OUTAGE
        };
        let now = self.ports.clock.now();
        self.settle_claim(&give_back(run, path, now, after(now, pause))).await
    }
}
