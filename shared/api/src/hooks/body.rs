//! The body of a delivery, read as it comes.
//!
//! Invariant: no more of it is held than has come and than the runtime takes, whatever the sender says; and
//! whoever sends slowly takes no memory from others.

use super::Hooks;
use async_trait::async_trait;
use axum::body::{Body, BodyDataStream, HttpBody as _};
use bytes::Bytes;
use futures::future::{Either, select};
use futures::{FutureExt as _, StreamExt as _};
use std::pin::pin;
use std::time::Duration;
use tradewind_connectors::deliveries::Refusal;

/// A sender that takes longer than this for the small part of its body is cut off.
const SMALL_TIME_MAX: Duration = Duration::from_secs(10);
/// The same for the rest: 6 MB at 200 KB/s, where nobody else waits for its share.
const REST_TIME_MAX: Duration = Duration::from_secs(30);
/// So is one that sends nothing for so long.
const STILL_TIME_MAX: Duration = Duration::from_secs(10);
/// Up to this length a body takes no share: there are many of them, each is gone in a moment, and all
/// connections together hold no more than the process can bear.
const SMALL_BYTES_MAX: usize = 64 * 1024;

/// The memory that large bodies may take together.
#[async_trait]
pub trait BodyBudget: Send + Sync {
    /// Waits until so many bytes are free, which are taken until the value is dropped; `None`: they
    /// were not for too long.
    async fn reserve(&self, bytes: usize) -> Option<Box<dyn BodyShare>>;
}

/// What a body has taken of it.
#[async_trait]
pub trait BodyShare: Send + Sync {
    /// So many bytes more have come.
    fn record_bytes(&self, bytes: usize);
    /// All of it has come: from now on nobody takes it away.
    fn record_end(&self);
    /// Returns when the body comes so slowly that its share goes to others, who wait for it.
    async fn revoked(&self);
}

/// For a process that takes one delivery at a time.
pub struct UnboundedBudget;

#[async_trait]
impl BodyBudget for UnboundedBudget {
    async fn reserve(&self, _: usize) -> Option<Box<dyn BodyShare>> {
        Some(Box::new(Self))
    }
}

#[async_trait]
impl BodyShare for UnboundedBudget {
    fn record_bytes(&self, _: usize) {}

    fn record_end(&self) {}

    async fn revoked(&self) {
        std::future::pending().await
    }
}

/// The whole body, and the share that it has.
pub(super) async fn read(
    hooks: &Hooks,
    body: Body,
) -> Result<(Bytes, Option<Box<dyn BodyShare>>), Refusal> {
    let bytes_max = hooks.receiving.body_bytes_max;
    let said = body.size_hint().exact().and_then(|said| usize::try_from(said).ok());
    let most = said.unwrap_or(bytes_max).min(bytes_max);
    let mut coming = Coming { chunks: body.into_data_stream(), body: Vec::new(), next: None };
    if in_time(hooks, SMALL_TIME_MAX, coming.fill(hooks, most.min(SMALL_BYTES_MAX), None)).await? {
        return Ok((coming.body.into(), None));
    }
    let share = hooks.body_budget.reserve(most).await.ok_or(Refusal::NotStored)?;
    // As much as was reserved, once: what grows bit by bit takes several times its length for moments.
    coming.body.reserve_exact(most.saturating_sub(coming.body.len()));
    let rest = coming.fill(hooks, most, Some(&*share));
    match select(pin!(in_time(hooks, REST_TIME_MAX, rest)), share.revoked()).await {
        Either::Left((ended, _)) => ended.map(|_| ())?,
        Either::Right(_) => return Err(Refusal::BodyIncomplete),
    }
    share.record_end();
    Ok((coming.body.into(), Some(share)))
}

/// A body of which a part has come.
struct Coming {
    chunks: BodyDataStream,
    body: Vec<u8>,
    /// What has come and does not fit into the part that may be held now.
    next: Option<Bytes>,
}

impl Coming {
    /// Takes what comes until there is more than `bytes_max` of it; whether it came to its end before.
    async fn fill(
        &mut self,
        hooks: &Hooks,
        bytes_max: usize,
        share: Option<&dyn BodyShare>,
    ) -> Result<bool, Refusal> {
        loop {
            let chunk = match self.next.take() {
                Some(chunk) => chunk,
                None => match next(hooks, &mut self.chunks).await? {
                    Some(chunk) => chunk,
                    None => return Ok(true),
                },
            };
            let length = self.body.len() + chunk.len();
            if length > hooks.receiving.body_bytes_max {
                return Err(Refusal::BodyTooLarge(hooks.receiving.body_bytes_max));
            }
            if length > bytes_max {
                self.next = Some(chunk);
                return Ok(false);
            }
            // One that grew by doubling alone would take up to twice what it may.
            if self.body.capacity() < length {
                let capacity = (2 * self.body.capacity()).clamp(length, bytes_max);
                self.body.reserve_exact(capacity - self.body.len());
            }
            self.body.extend_from_slice(&chunk);
            if let Some(share) = share {
                share.record_bytes(chunk.len());
            }
        }
    }
}

/// The next part of the body; nothing at its end.
async fn next(hooks: &Hooks, chunks: &mut BodyDataStream) -> Result<Option<Bytes>, Refusal> {
    let chunk = match chunks.next().now_or_never() {
        Some(chunk) => chunk,
        None => match select(chunks.next(), hooks.clock.sleep(STILL_TIME_MAX)).await {
            Either::Left((chunk, _)) => chunk,
            Either::Right(_) => return Err(Refusal::BodyIncomplete),
        },
    };
    chunk.transpose().map_err(|_| Refusal::BodyIncomplete)
}

async fn in_time(
    hooks: &Hooks,
    time_max: Duration,
    reading: impl Future<Output = Result<bool, Refusal>>,
) -> Result<bool, Refusal> {
    match select(pin!(reading), hooks.clock.sleep(time_max)).await {
        Either::Left((read, _)) => read,
        Either::Right(_) => Err(Refusal::BodyIncomplete),
    }
}
