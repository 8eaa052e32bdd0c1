//! Room for large bodies: what all of them that come in at the same time may take together.
//!
//! Invariant: a large body waits and is not refused while room may come free; a small one never waits.

use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tradewind_api::hooks::no_room;
use tradewind_engine::ports::Clock;

/// Bodies up to this length take no room: there are many of them, and each is gone in a moment.
const SMALL_BYTES_MAX: u64 = 256 * 1024;
/// What large bodies may take together.
const ROOM_BYTES: usize = 14 * 1024 * 1024;
/// Who found no room for so long is asked to send it again.
const WAIT_MAX: Duration = Duration::from_secs(10);
const KIB: u64 = 1024;

/// The room of one process.
pub(crate) struct Room {
    /// In kilobytes.
    free: Semaphore,
    body_bytes_max: u64,
    clock: Arc<dyn Clock>,
}

impl Room {
    /// For bodies of at most so many bytes.
    pub(crate) fn new(body_bytes_max: usize, clock: Arc<dyn Clock>) -> Self {
        let free = Semaphore::new(ROOM_BYTES / 1024);
        Self { free, body_bytes_max: body_bytes_max as u64, clock }
    }

    /// What a body takes, in kilobytes. One that does not say how long it is may become as long as
    /// any; of one that says it is longer nothing beyond that is read.
    fn needed(&self, request: &Request) -> Option<u32> {
        let said = request.body().size_hint().exact().unwrap_or(self.body_bytes_max);
        let read = said.min(self.body_bytes_max);
        if read <= SMALL_BYTES_MAX { None } else { u32::try_from(read.div_ceil(KIB)).ok() }
    }
}

/// Lets a request go on once there is room for its body.
pub(crate) async fn find_room(
    State(room): State<Arc<Room>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(needed) = room.needed(&request) else { return next.run(request).await };
    let _taken = tokio::select! {
        taken = room.free.acquire_many(needed) => taken,
        () = room.clock.sleep(WAIT_MAX) => {
            tracing::warn!("there was no room for a large body; its sender is asked to repeat it");
            return no_room();
        }
    };
    next.run(request).await
}
