//! The body of a delivery, read as it comes.
//!
//! Invariant: no more of it is held than the runtime takes, whatever the sender says or sends.

use super::Hooks;
use axum::body::{Body, HttpBody as _};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::future::{Either, select};
use std::pin::pin;
use std::time::Duration;
use tradewind_connectors::deliveries::Refusal;

/// A sender that takes longer than this for its body is cut off.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);

/// The whole body.
pub(super) async fn read(hooks: &Hooks, body: Body) -> Result<Bytes, Refusal> {
    let whole = pin!(whole(body, hooks.receiving.body_bytes_max));
    match select(whole, hooks.clock.sleep(BODY_TIME_MAX)).await {
        Either::Left((body, _)) => body,
        Either::Right(_) => Err(Refusal::BodyIncomplete),
    }
}

async fn whole(body: Body, bytes_max: usize) -> Result<Bytes, Refusal> {
    // A body that grows by doubling would take up to three times its length for a moment.
    let said = body.size_hint().exact().and_then(|said| usize::try_from(said).ok());
    let mut chunks = body.into_data_stream();
    let mut body = BytesMut::with_capacity(said.filter(|said| *said <= bytes_max).unwrap_or(0));
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refusal::BodyIncomplete)?;
        if body.len() + chunk.len() > bytes_max {
            return Err(Refusal::BodyTooLarge(bytes_max));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
