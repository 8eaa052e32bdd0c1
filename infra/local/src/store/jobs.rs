//! Bulk work: the engine's document, and the columns that are searched for.

use super::errors::Fault;
use super::handle::Store;
use super::rows::{Unread, read_rows, sql_limit};
use super::times::to_column;
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use tradewind_engine::ids::JobId;
use tradewind_engine::jobs::{Job, JobState};
use tradewind_engine::ports::{Jobs, Unavailable};
use tradewind_engine::stored::read_stored;

#[async_trait]
impl Jobs for Store {
    async fn add(&self, job: &Job) -> Result<(), Unavailable> {
        let job = job.clone();
        self.write(move |cx| {
            let mut statement = cx.connection.prepare_cached(
                "INSERT INTO jobs (id, created_at, updated_at, revision, open, document)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO NOTHING",
            )?;
            statement.execute(params![
                job.id.as_str(),
                to_column(job.created_at),
                to_column(job.updated_at),
                revision(&job),
                job.state == JobState::Open,
                serde_json::to_string(&job)?,
            ])?;
            Ok(())
        })
        .await
    }

    async fn read(&self, job: &JobId) -> Result<Option<Job>, Unavailable> {
        let job = job.clone();
        self.look(move |connection| find(connection, &job)).await
    }

    async fn open(&self, at_most: usize) -> Result<Vec<Job>, Unavailable> {
        let sql =
            "SELECT id, document, created_at FROM jobs WHERE open ORDER BY created_at, id LIMIT ?1";
        let unread = self.unread.clone();
        self.look(move |connection| jobs(connection, sql, at_most, &unread)).await
    }

    async fn save(&self, job: &Job) -> Result<bool, Unavailable> {
        let job = job.clone();
        self.write(move |cx| {
            find(cx.connection, &job.id)?;
            let mut statement = cx.connection.prepare_cached(
                "UPDATE jobs SET updated_at = ?2, revision = ?3, open = ?4, document = ?5
                 WHERE id = ?1 AND revision = ?3 - 1",
            )?;
            let saved = statement.execute(params![
                job.id.as_str(),
                to_column(job.updated_at),
                revision(&job),
                job.state == JobState::Open,
                serde_json::to_string(&job)?,
            ])?;
            Ok(saved == 1)
        })
        .await
    }

    async fn list(&self, at_most: usize) -> Result<Vec<Job>, Unavailable> {
        let sql =
            "SELECT id, document, created_at FROM jobs ORDER BY created_at DESC, id DESC LIMIT ?1";
        let unread = self.unread.clone();
        self.look(move |connection| jobs(connection, sql, at_most, &unread)).await
    }
}

fn find(connection: &Connection, job: &JobId) -> Result<Option<Job>, Fault> {
    let mut statement = connection.prepare_cached("SELECT document FROM jobs WHERE id = ?1")?;
    let document: Option<String> =
        statement.query_row([job.as_str()], |row| row.get(0)).optional()?;
    Ok(document.map(|document| read_stored(document.as_bytes())).transpose()?)
}

/// Nobody works on any of them.
pub(super) fn end_leases(connection: &Connection, unread: &Unread) -> Result<(), Fault> {
    let sql = "SELECT id, document, created_at FROM jobs WHERE open LIMIT ?1";
    for job in jobs(connection, sql, usize::MAX, unread)? {
        let job = Job { leased_until: None, ..job };
        connection.execute(
            "UPDATE jobs SET document = ?2 WHERE id = ?1",
            params![job.id.as_str(), serde_json::to_string(&job)?],
        )?;
    }
    Ok(())
}

fn jobs(
    connection: &Connection,
    sql: &str,
    at_most: usize,
    unread: &Unread,
) -> Result<Vec<Job>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    read_rows(statement.query([sql_limit(at_most)])?, unread)
}

fn revision(job: &Job) -> i64 {
    i64::try_from(job.revision).unwrap_or(i64::MAX)
}
