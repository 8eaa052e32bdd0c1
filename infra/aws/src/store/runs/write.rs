//! Changing a run: `Write::apply` on the run as it was seen, put back on the condition that nobody
//! has changed it since.
//!
//! Invariant: a call leaves at most one change, however often the service tried it: whoever finds a
//! newer run with its own token has written it.

use super::parts::{Part, is_part, move_out};
use super::stored::{REV, Stored, listed_for};
use crate::store::Store;
use crate::store::items::too_much;
use crate::store::keys::{self, PK};
use crate::store::values::{IS_KNOWN, Item, V, get_text, number};
use crate::store::writes::{Put, put_if};
use std::sync::Arc;
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Ids as _, Unavailable};
use tradewind_engine::protocol::{Change, Refused, Write};
use tradewind_engine::runs::{RUN_VERSION, Run};
use tradewind_system::SystemIds;

/// How often a change is made anew because somebody was faster.
const ROUNDS_MAX: usize = 32;

/// The run after a write, or the run that it is refused with.
pub(super) type Written = Result<Run, Option<Run>>;

impl Store {
    /// Changes a run. Gives the run as it stands then, or, where the change is refused, the run as
    /// it stands.
    pub async fn write(&self, write: &Write) -> Result<Written, Unavailable> {
        match &write.change {
            Change::Claim { id, path, now, lease_until } => {
                self.claim(write, id, path, *now, *lease_until).await
            }
            Change::Start(run) => self.start(run).await,
            Change::Redact { .. } => self.redact_run(write).await,
            _ => self.change(write).await,
        }
    }

    async fn start(&self, run: &Run) -> Result<Written, Unavailable> {
        let (stored, parts) = next(run.clone(), None, token());
        self.put_parts(&run.id, parts).await?;
        match self.put(&stored, None).await? {
            Put::Written => Ok(Ok(self.seen(stored).run.clone())),
            Put::Was(other) => {
                let other = self.read_out(&other).await?;
                let is_own = other.token == stored.token;
                Ok(if is_own { Ok(other.run.clone()) } else { Err(Some(other.run.clone())) })
            }
        }
    }

    async fn change(&self, write: &Write) -> Result<Written, Unavailable> {
        let token = token();
        let remembered = self.cache.run(&write.run);
        let mut is_read = remembered.is_none();
        let mut current = match remembered {
            Some(stored) => Some(stored),
            None => self.read_stored(&write.run).await?,
        };
        for _ in 0..ROUNDS_MAX {
            let Some(before) = current else { return Ok(Err(None)) };
            let run = match write.apply(Some(&before.run)) {
                Ok(run) => run,
                // What is remembered may be old.
                Err(Refused) if !is_read => {
                    (current, is_read) = (self.read_stored(&write.run).await?, true);
                    continue;
                }
                Err(Refused) => return Ok(Err(Some(before.run.clone()))),
            };
            let (mut stored, parts) = next(run, Some(&before), token.clone());
            if let Change::CheckLater { .. } = write.change {
                // The sweeper has met it: left where it is, it would be met every minute.
                stored.listed_for = stored.run.check_at;
            }
            self.put_parts(&write.run, parts).await?;
            (current, is_read) = match self.put(&stored, Some(before.rev)).await? {
                Put::Written => return Ok(Ok(self.seen(stored).run.clone())),
                Put::Was(nothing) if nothing.is_empty() => (None, true),
                Put::Was(other) => (Some(self.read_out(&other).await?), true),
            };
            if let Some(own) = current.as_ref().filter(|current| current.token == token) {
                return Ok(Ok(own.run.clone()));
            }
        }
        Err(too_much("too many change the run at once"))
    }

    /// First the run that names no parts, then the parts: a run never names one that is gone. Where
    /// it ends in between, the run is still due for having its data removed, and asked again.
    async fn redact_run(&self, write: &Write) -> Result<Written, Unavailable> {
        let parts: Vec<Item> = self.collection(&write.run).await?;
        let parts: Vec<Item> = parts.into_iter().filter(is_part).collect();
        let written = self.change(write).await?;
        let redacted = match &written {
            Ok(run) => Some(run),
            Err(run) => run.as_ref().filter(|run| run.redacted_at.is_some()),
        };
        if redacted.is_some() {
            self.remove_collected(parts).await?;
            self.forget_parts(&write.run).await?;
        }
        Ok(written)
    }

    /// Notes that no part is left.
    async fn forget_parts(&self, run: &RunId) -> Result<(), Unavailable> {
        let seen = match self.cache.run(run) {
            Some(seen) => Some(seen),
            None => self.read_stored(run).await?,
        };
        let Some(before) = seen.filter(|stored| stored.has_parts) else { return Ok(()) };
        let stored = Stored { has_parts: false, rev: before.rev + 1, ..(*before).clone() };
        if let Put::Written = self.put(&stored, Some(before.rev)).await? {
            self.seen(stored);
        }
        // Otherwise somebody else has changed it since, and the next round finds it again.
        Ok(())
    }

    async fn put(&self, stored: &Stored, before: Option<u64>) -> Result<Put, Unavailable> {
        let item = stored.to_item(self.history_length());
        let Some(before) = before else { return self.put_first(item).await };
        let put = self.dynamodb.put_item().table_name(&self.runs).set_item(Some(item));
        let put = put
            .condition_expression(format!("#rev = :seen AND {IS_KNOWN}"))
            .expression_attribute_names("#v", V)
            .expression_attribute_values(":v", number(RUN_VERSION))
            .expression_attribute_names("#rev", REV)
            .expression_attribute_values(":seen", number(before));
        put_if(put).await
    }

    /// The run as it stands, every write before seen.
    pub(super) async fn read_stored(
        &self,
        run: &RunId,
    ) -> Result<Option<Arc<Stored>>, Unavailable> {
        match self.item(keys::run(run)).await? {
            Some(item) => Ok(Some(self.read_out(&item).await?)),
            None => {
                self.cache.forget_run(run);
                Ok(None)
            }
        }
    }

    pub(super) async fn read_out(&self, item: &Item) -> Result<Arc<Stored>, Unavailable> {
        let id = get_text(item, PK).and_then(|pk| pk.split_once('#'));
        let known = id.and_then(|(_, id)| self.cache.run(&id.into()));
        let stored = self.stored(item, known.as_deref()).await?;
        Ok(self.seen(stored))
    }

    fn seen(&self, stored: Stored) -> Arc<Stored> {
        let stored = Arc::new(stored);
        self.cache.remember_run(&stored);
        stored
    }
}

/// The run as it is to stand, and the parts that have to be there before.
fn next(run: Run, before: Option<&Stored>, token: String) -> (Stored, Vec<Part>) {
    let (moved, parts) = move_out(&run, before);
    let rev = before.map_or(0, |before| before.rev) + 1;
    // Once there were parts, some may be left that the run names no more.
    let has_parts = !moved.is_empty() || before.is_some_and(|before| before.has_parts);
    let listed_for = listed_for(&run, before.and_then(|before| before.listed_for));
    (Stored { run, rev, token, moved, has_parts, listed_for }, parts)
}

pub(super) fn token() -> String {
    SystemIds.random_hex()
}
