//! The body of a delivery, read as it comes.
//!
//! Invariant: no more of it is held than the runtime takes, whatever the sender says or sends; and what
//! it says takes no room from others before it has sent the first part of it.

use super::Hooks;
use async_trait::async_trait;
use axum::body::{Body, BodyDataStream, HttpBody as _};
use bytes::{Bytes, BytesMut};
use futures::future::{Either, select};
use futures::{FutureExt as _, StreamExt as _};
use std::pin::pin;
use std::time::Duration;
use tradewind_connectors::deliveries::Refusal;

/// A sender that takes longer than this for the first part of its body, or for the rest, is cut off.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);
/// So is one that sends nothing for so long: senders wait no longer for their answer either.
const STILL_TIME_MAX: Duration = Duration::from_secs(5);
/// Up to this length a body takes no room: there are many of them, and each is gone in a moment.
const SMALL_BYTES_MAX: usize = 256 * 1024;

/// What large bodies may take together.
#[async_trait]
pub trait Room: Send + Sync {
    /// Waits for room for so many bytes, which are taken until the value is dropped; `None`: there was
    /// none for too long.
    async fn enter(&self, bytes: usize) -> Option<Taken>;
}

/// Room that is taken.
pub type Taken = Box<dyn Send + Sync>;

/// For a process that takes one delivery at a time.
pub struct Roomy;

#[async_trait]
impl Room for Roomy {
    async fn enter(&self, _: usize) -> Option<Taken> {
        Some(Box::new(()))
    }
}

/// The whole body, and the room that it takes.
pub(super) async fn read(hooks: &Hooks, body: Body) -> Result<(Bytes, Option<Taken>), Refusal> {
    let bytes_max = hooks.receiving.body_bytes_max;
    let said = body.size_hint().exact().and_then(|said| usize::try_from(said).ok());
    let most = said.unwrap_or(bytes_max).min(bytes_max);
    let mut chunks = body.into_data_stream();
    let mut body = BytesMut::with_capacity(most.min(SMALL_BYTES_MAX));
    let first = fill(hooks, &mut body, &mut chunks, SMALL_BYTES_MAX);
    if in_time(hooks, first).await? {
        return Ok((body.freeze(), None));
    }
    let taken = hooks.room.enter(most).await.ok_or(Refusal::NotStored)?;
    // A body that grows by doubling would take up to three times its length for a moment.
    body.reserve(most.saturating_sub(body.len()));
    in_time(hooks, fill(hooks, &mut body, &mut chunks, usize::MAX)).await?;
    Ok((body.freeze(), Some(taken)))
}

/// Whether the body has come to its end; otherwise more than `pause_at` of it is there.
async fn fill(
    hooks: &Hooks,
    body: &mut BytesMut,
    chunks: &mut BodyDataStream,
    pause_at: usize,
) -> Result<bool, Refusal> {
    let bytes_max = hooks.receiving.body_bytes_max;
    while let Some(chunk) = next(hooks, chunks).await? {
        if body.len() + chunk.len() > bytes_max {
            return Err(Refusal::BodyTooLarge(bytes_max));
        }
        body.extend_from_slice(&chunk);
        if body.len() > pause_at {
            return Ok(false);
        }
    }
    Ok(true)
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
    reading: impl Future<Output = Result<bool, Refusal>>,
) -> Result<bool, Refusal> {
    match select(pin!(reading), hooks.clock.sleep(BODY_TIME_MAX)).await {
        Either::Left((read, _)) => read,
        Either::Right(_) => Err(Refusal::BodyIncomplete),
    }
}
