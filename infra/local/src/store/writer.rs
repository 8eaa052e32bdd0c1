//! The one thread that writes.

use super::batch::{Call, Cx, Done, Request, commit, roll_back};
use super::changes::Changes;
use super::errors::{Fault, unavailable};
use super::folder::Folder;
use rusqlite::Connection;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use tokio::sync::{mpsc, oneshot, watch};
use tradewind_engine::ports::{Clock, Unavailable};

/// Requests that are committed together, at most.
const BATCH_MAX: usize = 256;
/// Requests that wait; whoever comes then waits for room.
const WAITING_MAX: usize = 1_024;

/// The way to the thread. When it is dropped, what waits is still carried out.
pub(super) struct Writer {
    requests: Option<mpsc::Sender<Box<dyn Request>>>,
    thread: Option<JoinHandle<()>>,
    commits: Arc<AtomicU64>,
    // Since then no probe has succeeded.
    failed: Arc<AtomicBool>,
    // The other end lives in the thread.
    running: watch::Receiver<()>,
}

/// What the thread owns. The lock is given back last.
struct Thread {
    connection: Connection,
    clock: Arc<dyn Clock>,
    changes: Arc<Changes>,
    commits: Arc<AtomicU64>,
    failed: Arc<AtomicBool>,
    _running: watch::Sender<()>,
    _folder: Folder,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(
        connection: Connection,
        clock: Arc<dyn Clock>,
        changes: Arc<Changes>,
        folder: Folder,
    ) -> io::Result<Self> {
        let (requests, waiting) = mpsc::channel(WAITING_MAX);
        let commits = Arc::new(AtomicU64::new(0));
        let failed = Arc::new(AtomicBool::new(false));
        let (running_here, running) = watch::channel(());
        let thread = Thread {
            connection,
            clock,
            changes,
            commits: commits.clone(),
            failed: failed.clone(),
            _running: running_here,
            _folder: folder,
        };
        let builder = thread::Builder::new().name("store-writer".to_owned());
        let thread = builder.spawn(move || thread.run(waiting))?;
        Ok(Self { requests: Some(requests), thread: Some(thread), commits, failed, running })
    }

    /// Returns when the thread has ended, which while this value lives only a bug can do: from then on
    /// nothing can be written.
    pub(super) async fn ended(&self) {
        let mut running = self.running.clone();
        while running.changed().await.is_ok() {}
    }

    /// Has the work done in a savepoint of its own, and answers once it is on the disk.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, Unavailable>
    where
        T: Send + 'static,
        F: FnOnce(&mut Cx<'_>) -> Result<Done<T>, Fault> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        self.send(Box::new(Call::new(work, caller))).await?;
        answer.await.map_err(|_| stopped())?
    }

    pub(super) async fn send(&self, request: Box<dyn Request>) -> Result<(), Unavailable> {
        let requests = self.requests.as_ref().ok_or_else(stopped)?;
        requests.send(request).await.map_err(|_| stopped())
    }

    /// Whether a commit has failed, and nobody has found since that enough can be written.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Enough could be written.
    pub(super) fn mark_working(&self) {
        self.failed.store(false, Ordering::Relaxed);
    }

    /// How many transactions were committed.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

fn stopped() -> Unavailable {
    unavailable("the store has stopped")
}

impl Thread {
    fn run(self, mut waiting: mpsc::Receiver<Box<dyn Request>>) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while waiting.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
            // A panic is a bug of these requests; it must not end the thread that writes for all others.
            let committed = catch_unwind(AssertUnwindSafe(|| {
                commit(&self.connection, self.clock.now(), &mut batch)
            }));
            let committed = committed.unwrap_or_else(|_| {
                roll_back(&self.connection);
                Err(Fault::Panic.into())
            });
            let outcome = match committed {
                Ok(ended) => {
                    self.commits.fetch_add(1, Ordering::Relaxed);
                    self.failed.fetch_or(ended.is_unwritable, Ordering::Relaxed);
                    self.changes.notify(&ended.changed);
                    Ok(())
                }
                Err(error) => {
                    self.failed.store(true, Ordering::Relaxed);
                    // Each of those who asked logs it, with what it means for them.
                    tracing::debug!(requests = batch.len(), "a commit failed");
                    Err(error)
                }
            };
            for mut request in batch.drain(..) {
                if outcome.is_ok() {
                    request.follow_up(&self.connection);
                }
                request.answer(outcome.clone());
            }
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes to the store panicked");
        }
    }
}
