//! The one thread that writes.

use super::arrivals::Changes;
use super::batch::{Call, Cx, Done, Request, commit};
use super::errors::{Fault, unavailable};
use super::folder::Folder;
use rusqlite::Connection;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use tokio::sync::{mpsc, oneshot};
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
}

/// What the thread owns. The lock is given back last.
struct Thread {
    connection: Connection,
    clock: Arc<dyn Clock>,
    changes: Arc<Changes>,
    commits: Arc<AtomicU64>,
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
        let thread =
            Thread { connection, clock, changes, commits: commits.clone(), _folder: folder };
        let builder = thread::Builder::new().name("store-writer".to_owned());
        let thread = builder.spawn(move || thread.run(waiting))?;
        Ok(Self { requests: Some(requests), thread: Some(thread), commits })
    }

    /// Has the work done in a savepoint of its own, and answers once it is on the disk.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, Unavailable>
    where
        T: Send + 'static,
        F: FnOnce(&mut Cx<'_>) -> Result<Done<T>, Fault> + Send + 'static,
    {
        let stopped = || unavailable("the store has stopped");
        let (caller, answer) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or_else(stopped)?;
        let request = Box::new(Call::new(work, caller));
        requests.send(request).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// How many transactions were committed.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

impl Thread {
    fn run(self, mut waiting: mpsc::Receiver<Box<dyn Request>>) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while waiting.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
            let committed = commit(&self.connection, self.clock.now(), &mut batch);
            let outcome = match committed {
                Ok(changed) => {
                    self.commits.fetch_add(1, Ordering::Relaxed);
                    self.changes.tell(&changed);
                    Ok(())
                }
                Err(error) => {
                    tracing::error!(%error, requests = batch.len(), "a commit failed");
                    Err(error)
                }
            };
            for request in batch.drain(..) {
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
