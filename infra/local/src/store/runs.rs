//! The runs: the engine's document, and the columns that are searched for.

use super::errors::Fault;
use super::open::Store;
use super::parts;
use super::purge;
use super::times::to_column;
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Rows, ToSql, params};
use serde::de::DeserializeOwned;
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Expiry, RunFilter, Runs, Unavailable};
use tradewind_engine::runs::Run;
use tradewind_engine::time::Timestamp;

/// The run as its row has it: marks stand for what is too long for that.
pub(super) fn find(connection: &Connection, run: &RunId) -> Result<Option<Run>, Fault> {
    let mut statement = connection.prepare_cached("SELECT document FROM runs WHERE id = ?1")?;
    let document: Option<String> =
        statement.query_row([run.as_str()], |row| row.get(0)).optional()?;
    Ok(document.map(|document| serde_json::from_str(&document)).transpose()?)
}

/// Keeps a new run.
pub(super) fn insert(connection: &Connection, run: &Run) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO runs (id, workflow, event, state, check_at, ended_at, redacted_at, document)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    statement.execute(params![
        run.id.as_str(),
        run.workflow.as_str(),
        run.event.as_str(),
        run.state.as_str(),
        run.check_at.map(to_column),
        run.ended_at.map(to_column),
        run.redacted_at.map(to_column),
        serde_json::to_string(run)?,
    ])?;
    Ok(())
}

/// Keeps a changed run. Workflow and event of a run never change.
pub(super) fn update(connection: &Connection, run: &Run) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(
        "UPDATE runs SET state = ?2, check_at = ?3, ended_at = ?4, redacted_at = ?5, document = ?6
         WHERE id = ?1",
    )?;
    statement.execute(params![
        run.id.as_str(),
        run.state.as_str(),
        run.check_at.map(to_column),
        run.ended_at.map(to_column),
        run.redacted_at.map(to_column),
        serde_json::to_string(run)?,
    ])?;
    Ok(())
}

/// The runs of these rows of id and document.
pub(super) fn documents(rows: Rows<'_>) -> Result<Vec<Run>, Fault> {
    readable(rows, |id, error| {
        tracing::error!(run.id = id, line = error.line(), "a stored run cannot be read");
    })
}

/// The second column of every row, read as a document. One that cannot be read hides no other: it
/// is told of by what stands in the first column, and left out.
pub(super) fn readable<T: DeserializeOwned>(
    mut rows: Rows<'_>,
    tell: impl Fn(&str, &serde_json::Error),
) -> Result<Vec<T>, Fault> {
    let mut documents = Vec::new();
    while let Some(row) = rows.next()? {
        let document = row.get_ref(1)?.as_bytes().map_err(rusqlite::Error::from)?;
        match serde_json::from_slice(document) {
            Ok(document) => documents.push(document),
            Err(error) => {
                let id = row.get_ref(0)?.as_bytes().map_err(rusqlite::Error::from)?;
                tell(&String::from_utf8_lossy(id), &error);
            }
        }
    }
    Ok(documents)
}

/// A limit as SQL takes it.
pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[async_trait]
impl Runs for Store {
    async fn read(&self, run: &RunId) -> Result<Option<Run>, Unavailable> {
        let run = run.clone();
        self.look(move |connection| {
            let mut run = find(connection, &run)?;
            run.as_mut().map_or(Ok(()), |run| parts::put_back(connection, run))?;
            Ok(run)
        })
        .await
    }

    async fn list(&self, filter: &RunFilter) -> Result<Vec<Run>, Unavailable> {
        let filter = filter.clone();
        self.look(move |connection| list(connection, &filter)).await
    }

    async fn due(&self, now: Timestamp, at_most: usize) -> Result<Vec<Run>, Unavailable> {
        self.look(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, document FROM runs WHERE check_at <= ?1 ORDER BY check_at, seq LIMIT ?2",
            )?;
            documents(statement.query([to_column(now), limit(at_most)])?)
        })
        .await
    }

    async fn unredacted(
        &self,
        ended_before: Timestamp,
        at_most: usize,
    ) -> Result<Vec<Run>, Unavailable> {
        self.look(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, document FROM runs WHERE ended_at < ?1 AND redacted_at IS NULL
                 ORDER BY ended_at, seq LIMIT ?2",
            )?;
            documents(statement.query([to_column(ended_before), limit(at_most)])?)
        })
        .await
    }

    async fn purge(&self, expiry: &Expiry, at_most: usize) -> Result<usize, Unavailable> {
        purge::purge(self, *expiry, at_most).await
    }
}

fn list(connection: &Connection, filter: &RunFilter) -> Result<Vec<Run>, Fault> {
    let mut conditions = vec!["TRUE"];
    let (workflow, state) = (filter.workflow.as_ref(), filter.state);
    let parts: [(bool, &str); 4] = [
        (workflow.is_some(), "workflow = :workflow"),
        (state.is_some(), "state = :state"),
        (filter.event.is_some(), "event = :event"),
        (filter.before.is_some(), "seq < (SELECT seq FROM runs WHERE id = :before)"),
    ];
    conditions.extend(parts.iter().filter(|(given, _)| *given).map(|(_, condition)| *condition));
    let sql = format!(
        "SELECT id, document FROM runs WHERE {} ORDER BY seq DESC LIMIT :limit",
        conditions.join(" AND ")
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let values: [(&str, Option<Box<dyn ToSql>>); 5] = [
        (":workflow", workflow.map(|workflow| Box::new(workflow.0.clone()) as _)),
        (":state", state.map(|state| Box::new(state.as_str()) as _)),
        (":event", filter.event.as_ref().map(|event| Box::new(event.0.clone()) as _)),
        (":before", filter.before.as_ref().map(|run| Box::new(run.0.clone()) as _)),
        (":limit", Some(Box::new(limit(filter.limit)) as _)),
    ];
    let given: Vec<(&str, &dyn ToSql)> = values
        .iter()
        .filter_map(|(name, value)| value.as_deref().map(|value| (*name, value)))
        .collect();
    documents(statement.query(given.as_slice())?)
}
