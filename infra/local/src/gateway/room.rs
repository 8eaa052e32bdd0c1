//! Room for large bodies: what all of them that come in at the same time may take together.
//!
//! Invariant: a large body waits and is not refused while room may come free.

use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tradewind_api::hooks::{Room, Taken};
use tradewind_engine::ports::Clock;

/// What large bodies may take together.
const ROOM_BYTES: usize = 14 * 1024 * 1024;
/// Who found no room for so long is asked to send it again.
const WAIT_MAX: Duration = Duration::from_secs(10);
const KIB: usize = 1024;

/// The room of one process.
pub(crate) struct BodyRoom {
    /// In kilobytes.
    free: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
}

impl BodyRoom {
    /// All of it free.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { free: Arc::new(Semaphore::new(ROOM_BYTES / KIB)), clock }
    }
}

#[async_trait]
impl Room for BodyRoom {
    async fn enter(&self, bytes: usize) -> Option<Taken> {
        let needed = u32::try_from(bytes.min(ROOM_BYTES).div_ceil(KIB)).ok()?;
        tokio::select! {
            taken = self.free.clone().acquire_many_owned(needed) => {
                taken.ok().map(|taken| Box::new(taken) as Taken)
            }
            () = self.clock.sleep(WAIT_MAX) => {
                tracing::warn!("there was no room for a large body; its sender is asked to repeat it");
                None
            }
        }
    }
}
