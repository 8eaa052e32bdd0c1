//! The runs: the engine's document, and the columns that are searched for.

use super::errors::Fault;
use super::handle::Store;
use super::parts;
use super::purge;
use super::rows::{Unread, read_page, sql_limit};
use super::times::to_column;
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, ToSql, params};
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Expiry, Page, Place, RunFilter, Runs, Unavailable};
use tradewind_engine::runs::Run;
use tradewind_engine::stored::{StoredForm, read_stored};
use tradewind_engine::time::Timestamp;

/// The branches of a run, those within them as well: `0` comes right after `/`.
const BRANCHES: &str = "SELECT id FROM runs WHERE id > ?1 || '/' AND id < ?1 || '0'";

/// The run as its row has it: marks stand for what is too long for that.
pub(super) fn find(connection: &Connection, run: &RunId) -> Result<Option<Run>, Fault> {
    let mut statement = connection.prepare_cached("SELECT document FROM runs WHERE id = ?1")?;
    let document: Option<String> =
        statement.query_row([run.as_str()], |row| row.get(0)).optional()?;
    Ok(document.map(|document| read_stored(document.as_bytes())).transpose()?)
}

/// Inserts a new run.
pub(super) fn insert(connection: &Connection, run: &Run) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO runs
             (id, workflow, event, state, waits, check_at, ended_at, redacted_at, document)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    statement.execute(params![
        run.id.as_str(),
        run.workflow.as_str(),
        run.event.as_str(),
        run.state.as_str(),
        waits(run),
        run.check_at.map(to_column),
        run.ended_at.map(to_column),
        run.redacted_at.map(to_column),
        serde_json::to_string(run)?,
    ])?;
    Ok(())
}

/// Updates a changed run. Workflow and event of a run never change.
pub(super) fn update(connection: &Connection, run: &Run) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(
        "UPDATE runs SET state = ?2, waits = ?3, check_at = ?4, ended_at = ?5, redacted_at = ?6,
             document = ?7
         WHERE id = ?1",
    )?;
    statement.execute(params![
        run.id.as_str(),
        run.state.as_str(),
        waits(run),
        run.check_at.map(to_column),
        run.ended_at.map(to_column),
        run.redacted_at.map(to_column),
        serde_json::to_string(run)?,
    ])?;
    Ok(())
}

/// Branches are in no list.
fn waits(run: &Run) -> bool {
    run.branch.is_none() && run.may_wait()
}

#[async_trait]
impl Runs for Store {
    async fn read(&self, run: &RunId) -> Result<Option<Run>, Unavailable> {
        let run = run.clone();
        self.look(move |connection| {
            let mut run = find(connection, &run)?;
            run.as_mut().map_or(Ok(()), |run| parts::restore_run(connection, run))?;
            Ok(run)
        })
        .await
    }

    async fn list(&self, filter: &RunFilter) -> Result<Page<Run, RunId>, Unavailable> {
        let (filter, unread) = (filter.clone(), self.unread.clone());
        let page = self.look(move |connection| list(connection, &filter, &unread)).await?;
        let next = page.next.map(|place| RunId(place.id));
        Ok(Page { records: page.records, hidden: page.hidden, next })
    }

    async fn due(
        &self,
        now: Timestamp,
        from: Option<&Place>,
        at_most: usize,
    ) -> Result<Page<Run, Place>, Unavailable> {
        let sql = "SELECT id, document, check_at FROM runs
             WHERE check_at <= ?1 AND (check_at, id) > (?2, ?3) ORDER BY check_at, id LIMIT ?4";
        self.in_order(sql, to_column(now), from, at_most).await
    }

    async fn postpone_check(&self, met: &Place, until: Timestamp) -> Result<(), Unavailable> {
        let met = met.clone();
        self.write(move |cx| {
            let mut statement = cx
                .connection
                .prepare_cached("UPDATE runs SET check_at = ?3 WHERE id = ?1 AND check_at = ?2")?;
            statement.execute(params![met.id, to_column(met.at), to_column(until)])?;
            Ok(())
        })
        .await
    }

    async fn unredacted(
        &self,
        ended_before: Timestamp,
        from: Option<&Place>,
        at_most: usize,
    ) -> Result<Page<Run, Place>, Unavailable> {
        let sql = "SELECT id, document, ended_at FROM runs
             WHERE ended_at < ?1 AND redacted_at IS NULL AND instr(id, '/') = 0
             AND (ended_at, id) > (?2, ?3) ORDER BY ended_at, id LIMIT ?4";
        self.in_order(sql, to_column(ended_before), from, at_most).await
    }

    async fn branches(&self, run: &RunId) -> Result<Vec<RunId>, Unavailable> {
        let run = run.clone();
        self.look(move |connection| {
            let mut statement = connection.prepare_cached(BRANCHES)?;
            let ids = statement.query_map([run.as_str()], |row| row.get(0).map(RunId))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn purge(&self, expiry: &Expiry, at_most: usize) -> Result<usize, Unavailable> {
        purge::purge(self, *expiry, at_most).await
    }
}

impl Store {
    /// A page of the rows before that time and behind that place.
    pub(super) async fn in_order<T: StoredForm + Send + 'static>(
        &self,
        sql: &'static str,
        before: i64,
        from: Option<&Place>,
        at_most: usize,
    ) -> Result<Page<T, Place>, Unavailable> {
        let from = from.map_or((i64::MIN, String::new()), |at| (to_column(at.at), at.id.clone()));
        let unread = self.unread.clone();
        self.look(move |connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query(params![before, from.0, from.1, sql_limit(at_most)])?;
            read_page(rows, at_most, &unread)
        })
        .await
    }
}

fn list(
    connection: &Connection,
    filter: &RunFilter,
    unread: &Unread,
) -> Result<Page<Run, Place>, Fault> {
    // Branches are found by their run alone; their ids say whose they are.
    let mut conditions = vec!["instr(id, '/') = 0"];
    let (workflow, state) = (filter.workflow.as_ref(), filter.state);
    let parts: [(bool, &str); 5] = [
        (workflow.is_some(), "workflow = :workflow"),
        (state.is_some(), "state = :state"),
        // As it stands in the index.
        (filter.is_waiting, "waits"),
        (filter.event.is_some(), "event = :event"),
        (filter.before.is_some(), "seq < (SELECT seq FROM runs WHERE id = :before)"),
    ];
    conditions.extend(parts.iter().filter(|(given, _)| *given).map(|(_, condition)| *condition));
    let sql = format!(
        "SELECT id, document, 0 FROM runs WHERE {} ORDER BY seq DESC LIMIT :limit",
        conditions.join(" AND ")
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let values: [(&str, Option<Box<dyn ToSql>>); 5] = [
        (":workflow", workflow.map(|workflow| Box::new(workflow.0.clone()) as _)),
        (":state", state.map(|state| Box::new(state.as_str()) as _)),
        (":event", filter.event.as_ref().map(|event| Box::new(event.0.clone()) as _)),
        (":before", filter.before.as_ref().map(|run| Box::new(run.0.clone()) as _)),
        (":limit", Some(Box::new(sql_limit(filter.limit)) as _)),
    ];
    let given: Vec<(&str, &dyn ToSql)> = values
        .iter()
        .filter_map(|(name, value)| value.as_deref().map(|value| (*name, value)))
        .collect();
    read_page(statement.query(given.as_slice())?, filter.limit, unread)
}
