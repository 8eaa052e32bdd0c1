//! The body of a delivery, read as it comes.
//!
//! Invariant: no more of it is held than has come and than the runtime takes, whatever the sender says; and
//! whoever sends slowly takes no room from others.

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
/// The same for the rest: 6 MB at 200 KB/s, where nobody else waits for the room.
const REST_TIME_MAX: Duration = Duration::from_secs(30);
/// So is one that sends nothing for so long.
const STILL_TIME_MAX: Duration = Duration::from_secs(10);
/// Up to this length a body takes no room: there are many of them, each is gone in a moment, and all
/// connections together hold no more than the process can bear.
const SMALL_BYTES_MAX: usize = 64 * 1024;

/// What large bodies may take together.
#[async_trait]
pub trait Room: Send + Sync {
    /// Waits for room for so many bytes, which are taken until the value is dropped; `None`: there was
    /// none for too long.
    async fn enter(&self, bytes: usize) -> Option<Box<dyn Taken>>;
}

/// Room that is taken by a body.
#[async_trait]
pub trait Taken: Send + Sync {
    /// So many bytes more have come.
    fn note_bytes(&self, bytes: usize);
    /// All of it has come: from now on nobody takes the room away.
    fn note_whole(&self);
    /// Returns when the body comes so slowly that the room goes to others, who wait for it.
    async fn lost(&self);
}

/// For a process that takes one delivery at a time.
pub struct Roomy;

#[async_trait]
impl Room for Roomy {
    async fn enter(&self, _: usize) -> Option<Box<dyn Taken>> {
        Some(Box::new(Self))
    }
}

#[async_trait]
impl Taken for Roomy {
    fn note_bytes(&self, _: usize) {}

    fn note_whole(&self) {}

    async fn lost(&self) {
        std::future::pending().await
    }
}

/// The whole body, and the room that it takes.
pub(super) async fn read(
    hooks: &Hooks,
    body: Body,
) -> Result<(Bytes, Option<Box<dyn Taken>>), Refusal> {
    let bytes_max = hooks.receiving.body_bytes_max;
    let said = body.size_hint().exact().and_then(|said| usize::try_from(said).ok());
    let most = said.unwrap_or(bytes_max).min(bytes_max);
    let mut coming = Coming { chunks: body.into_data_stream(), body: Vec::new(), next: None };
    if in_time(hooks, SMALL_TIME_MAX, coming.fill(hooks, most.min(SMALL_BYTES_MAX), None)).await? {
        return Ok((coming.body.into(), None));
    }
    let taken = hooks.room.enter(most).await.ok_or(Refusal::NotStored)?;
    // As much as was taken, once: what grows bit by bit takes several times its length for moments.
    coming.body.reserve_exact(most.saturating_sub(coming.body.len()));
    let rest = coming.fill(hooks, most, Some(&*taken));
    match select(pin!(in_time(hooks, REST_TIME_MAX, rest)), taken.lost()).await {
        Either::Left((ended, _)) => ended.map(|_| ())?,
        Either::Right(_) => return Err(Refusal::BodyIncomplete),
    }
    taken.note_whole();
    Ok((coming.body.into(), Some(taken)))
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
        taken: Option<&dyn Taken>,
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
            if let Some(taken) = taken {
                taken.note_bytes(chunk.len());
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
