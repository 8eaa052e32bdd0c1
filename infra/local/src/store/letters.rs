//! Dead letters: messages that were given up on, kept until somebody sends them back.

use super::batch::Cx;
use super::errors::Fault;
use super::handle::Store;
use super::messages::{Message, delete_message, send_message};
use super::rows::sql_limit;
use super::times::{from_column, to_column};
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};
use tradewind_engine::ids::RunId;
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::ports::{DeadLetters, Unavailable};
use tradewind_engine::protocol::WakeUp;

/// A dead letter, ready to be stored.
pub(super) struct Letter {
    queue: String,
    body: String,
    run: Option<RunId>,
    reason: String,
}

impl Letter {
    /// A letter for the queue. Where its body is a wake-up, it belongs to the run that this names.
    pub(super) fn of(queue: String, body: String, reason: &str) -> Self {
        let run = serde_json::from_str(&body).ok().map(|wake: WakeUp| wake.run);
        Self { queue, body, run, reason: reason.to_owned() }
    }

    pub(super) fn insert(&self, cx: &Cx<'_>) -> Result<(), Fault> {
        let mut statement = cx.connection.prepare_cached(
            "INSERT INTO dead_letters (queue, run, at, reason, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let run = self.run.as_ref().map(RunId::as_str);
        statement.execute(params![self.queue, run, to_column(cx.now), self.reason, self.body])?;
        Ok(())
    }

    fn is_given_up_again(&self, cx: &Cx<'_>) -> Result<bool, Fault> {
        let sql = "UPDATE dead_letters SET at = ?4, reason = ?5
                   WHERE run = ?1 AND queue = ?2 AND body = ?3";
        let Some(run) = self.run.as_ref().map(RunId::as_str) else { return Ok(false) };
        let values = params![run, self.queue, self.body, to_column(cx.now), self.reason];
        Ok(cx.connection.prepare_cached(sql)?.execute(values)? > 0)
    }
}

/// Moves the message to the dead letters. A wake-up that was given up on before is the letter that is there, of
/// which a person was told.
pub(super) fn bury_message(cx: &Cx<'_>, message: Message, reason: &str) -> Result<(), Fault> {
    delete_message(cx.connection, &message)?;
    tracing::error!(queue = message.queue, reason, "a message was given up");
    let letter = Letter::of(message.queue, message.body, reason);
    if letter.is_given_up_again(cx)? { Ok(()) } else { letter.insert(cx) }
}

/// The letter of a row of seq, queue, body, at and reason.
pub(super) fn letter_of_row(row: &Row<'_>) -> Result<DeadLetter, rusqlite::Error> {
    Ok(DeadLetter {
        id: row.get::<_, i64>(0)?.to_string(),
        queue: row.get(1)?,
        body: row.get(2)?,
        at: from_column(row.get(3)?),
        reason: row.get(4)?,
    })
}

/// Removes all letters of a run.
pub(super) fn remove_of_run(connection: &Connection, run: &str) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM dead_letters WHERE run = ?1")?.execute([run])?;
    Ok(())
}

/// Removes the letters of the same step that are not newer.
fn remove_covered(connection: &Connection, letter: &WakeUp) -> Result<(), Fault> {
    let mut statement =
        connection.prepare_cached("SELECT seq, body FROM dead_letters WHERE run = ?1")?;
    let letters =
        statement.query_map([letter.run.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let letters: Vec<(i64, String)> = letters.collect::<Result<_, _>>()?;
    for (seq, body) in letters {
        if serde_json::from_str(&body).is_ok_and(|other: WakeUp| letter.covers(&other)) {
            connection.prepare_cached("DELETE FROM dead_letters WHERE seq = ?1")?.execute([seq])?;
        }
    }
    Ok(())
}

#[async_trait]
impl DeadLetters for Store {
    async fn list(&self, at_most: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        self.look(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, queue, body, at, reason FROM dead_letters ORDER BY seq DESC LIMIT ?1",
            )?;
            let letters = statement.query_map([sql_limit(at_most)], letter_of_row)?;
            Ok(letters.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn letter(&self, id: &str) -> Result<Option<DeadLetter>, Unavailable> {
        let Ok(seq) = id.parse::<i64>() else { return Ok(None) };
        self.look(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, queue, body, at, reason FROM dead_letters WHERE seq = ?1",
            )?;
            Ok(statement.query_row([seq], letter_of_row).optional()?)
        })
        .await
    }

    async fn dismiss(&self, id: &str) -> Result<bool, Unavailable> {
        let Ok(seq) = id.parse::<i64>() else { return Ok(false) };
        self.write(move |cx| {
            let mut statement =
                cx.connection.prepare_cached("DELETE FROM dead_letters WHERE seq = ?1")?;
            Ok(statement.execute([seq])? > 0)
        })
        .await
    }

    async fn redrive(&self, id: &str) -> Result<bool, Unavailable> {
        let Ok(seq) = id.parse::<i64>() else { return Ok(false) };
        self.write(move |cx| {
            let mut statement = cx
                .connection
                .prepare_cached("DELETE FROM dead_letters WHERE seq = ?1 RETURNING queue, body")?;
            let letter: Option<(String, String)> =
                statement.query_row([seq], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let Some((queue, body)) = letter else { return Ok(false) };
            send_message(cx, &queue, &body, None, "")?;
            Ok(true)
        })
        .await
    }

    async fn settle_letter(&self, letter: &WakeUp) -> Result<(), Unavailable> {
        let letter = letter.clone();
        self.write(move |cx| remove_covered(cx.connection, &letter)).await
    }
}
