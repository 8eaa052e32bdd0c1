//! The store as its callers hold it: what goes to the writer, and what is read beside it.

use super::batch::{Cx, Done};
use super::changes::Changes;
use super::errors::Fault;
use super::place::Place;
use super::readers::Readers;
use super::rows::Unread;
use super::writer::Writer;
use rusqlite::Connection;
use std::sync::Arc;
use tradewind_engine::ports::{Clock, Unavailable};

/// Everything that lasts, in one SQLite file. Clones are handles of the same store; when the last is
/// gone, what was asked for is carried out and the folder is free for the next process.
#[derive(Clone)]
pub struct Store {
    // The readers close first: the writer's connection is the last one, which tidies up the log.
    pub(super) readers: Arc<Readers>,
    pub(super) writer: Arc<Writer>,
    pub(super) changes: Arc<Changes>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) unread: Arc<Unread>,
    pub(super) place: Arc<Place>,
    pub(super) start: Arc<str>,
}

impl Store {
    /// The name of this start, which stands in the lock file as long as it lives.
    pub fn start(&self) -> &str {
        &self.start
    }

    /// How many transactions were committed since the store was opened: fewer than requests, where
    /// these came at the same time.
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }

    /// How many stored rows a newer tradewind wrote, and how many make no sense, of those that this
    /// process has met.
    pub fn hidden_counts(&self) -> (usize, usize) {
        self.unread.counts()
    }

    /// Returns when nothing can be written any more because the thread that writes has ended: a bug.
    pub async fn ended(&self) {
        self.writer.ended().await;
    }

    /// An error where the database was removed or replaced since it was opened.
    pub fn check_place(&self) -> Result<(), Unavailable> {
        self.place.check()
    }

    /// A request that keeps what it changed, or fails.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, Unavailable>
    where
        T: Send + 'static,
        F: FnOnce(&mut Cx<'_>) -> Result<T, Fault> + Send + 'static,
    {
        self.writer.write(move |cx| work(cx).map(Done::Keep)).await
    }

    /// A request that decides itself whether its changes are kept.
    pub(super) async fn write_if<T, F>(&self, work: F) -> Result<T, Unavailable>
    where
        T: Send + 'static,
        F: FnOnce(&mut Cx<'_>) -> Result<Done<T>, Fault> + Send + 'static,
    {
        self.writer.write(work).await
    }

    /// A look at what is committed.
    pub(super) async fn look<T, F>(&self, work: F) -> Result<T, Unavailable>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        self.readers.read(work).await
    }
}
